import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  // the server puts a nonce of its own in its place, in each answer
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    // antd is one chunk that changes with it alone
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: ['index.html', 'newcomer.html'],
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(?:react|react-dom|react-router|scheduler)\// },
            { name: 'antd', test: /node_modules\/(?:antd|@ant-design|@rc-component|rc-[a-z-]+|dayjs)\// },
          ],
        },
      },
    },
  },
});
