import type { ThemeConfig } from 'antd';

/*
 * The design tokens. Every pair of colours that text is shown in is listed, and a test holds each to WCAG AA (4.5:1; 3:1 for
 * marks other than text).
 */

export const COLOURS = {
  ink: '#1c2733',
  quiet: '#4f5b68',
  paper: '#ffffff',
  desk: '#f3f6f9',
  line: '#c3ccd6',
  brand: '#0b5cad',
  brandDark: '#084a8c',
  brandSoft: '#e3effb',
  nav: '#12263a',
  navText: '#e8eef5',
  navQuiet: '#a9b8c8',
  good: '#1a6b3c',
  goodSoft: '#e2f3e8',
  warn: '#8a5300',
  warnSoft: '#fff1d9',
  bad: '#b3261e',
  badSoft: '#fde8e6',
  customer: '#0b5cad',
  bank: '#7a3e9d',
  masked: '#5c6670',
  maskedSoft: '#dfe4e9',
  focus: '#0b5cad',
} as const;
type Colour = keyof typeof COLOURS;

/** Text on ground. */
export const TEXT_PAIRS: readonly (readonly [text: Colour, ground: Colour])[] = [
  ['ink', 'paper'],
  ['ink', 'desk'],
  ['quiet', 'paper'],
  ['quiet', 'desk'],
  ['brand', 'paper'],
  ['brand', 'desk'],
  ['brand', 'brandSoft'],
  ['brandDark', 'paper'],
  ['brandDark', 'desk'],
  ['paper', 'brand'],
  ['navText', 'nav'],
  ['navQuiet', 'nav'],
  ['good', 'goodSoft'],
  ['good', 'paper'],
  ['warn', 'warnSoft'],
  ['warn', 'paper'],
  ['bad', 'badSoft'],
  ['bad', 'paper'],
  ['paper', 'bad'],
  ['customer', 'paper'],
  ['bank', 'paper'],
  ['masked', 'paper'],
  ['ink', 'maskedSoft'],
];
/** Marks, waves and the focus ring on ground. */
export const MARK_PAIRS: readonly (readonly [mark: Colour, ground: Colour])[] = [
  ['customer', 'paper'],
  ['bank', 'paper'],
  ['masked', 'maskedSoft'],
  ['focus', 'paper'],
  ['focus', 'desk'],
];

export const theme: ThemeConfig = {
  token: {
    colorPrimary: COLOURS.brand,
    colorPrimaryHover: COLOURS.brandDark,
    colorLink: COLOURS.brand,
    colorLinkHover: COLOURS.brandDark,
    colorText: COLOURS.ink,
    colorTextSecondary: COLOURS.quiet,
    colorTextTertiary: COLOURS.quiet,
    colorTextDescription: COLOURS.quiet,
    colorTextPlaceholder: '#66717d',
    colorSuccess: COLOURS.good,
    colorWarning: COLOURS.warn,
    colorError: COLOURS.bad,
    colorSuccessBg: COLOURS.goodSoft,
    colorSuccessBorder: COLOURS.good,
    colorWarningBg: COLOURS.warnSoft,
    colorWarningBorder: COLOURS.warn,
    colorErrorBg: COLOURS.badSoft,
    colorErrorBorder: COLOURS.bad,
    colorInfoBg: COLOURS.brandSoft,
    colorInfoBorder: COLOURS.brand,
    colorInfo: COLOURS.brand,
    colorBgLayout: COLOURS.desk,
    colorBorder: COLOURS.line,
    borderRadius: 8,
    fontSize: 14,
    fontFamily: 'system-ui, -apple-system, "Segoe UI", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
    motion: false,
  },
  components: {
    Layout: { siderBg: COLOURS.nav, headerBg: COLOURS.paper, headerPadding: '0 24px', headerHeight: 56 },
    Menu: {
      darkItemBg: COLOURS.nav,
      darkSubMenuItemBg: COLOURS.nav,
      darkItemColor: COLOURS.navText,
      darkGroupTitleColor: COLOURS.navQuiet,
      darkItemSelectedBg: COLOURS.brand,
    },
    Table: { headerBg: COLOURS.desk, cellPaddingBlock: 10 },
  },
};
