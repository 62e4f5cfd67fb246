import { Form, Select } from 'antd';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { useAction } from '../parts/use-action.ts';
import { useLanguage } from '../text/language.tsx';
import type { AgentPhone } from './agent-phone.ts';

/** Which microphone and which loudspeaker; what is plugged in or pulled out is seen at once. */
export function DeviceChoice({ phone }: { readonly phone: AgentPhone }) {
  const { text } = useLanguage();
  const words = text.desk.phone;
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const look = (): void => void navigator.mediaDevices.enumerateDevices().then(setDevices);
    look();
    navigator.mediaDevices.addEventListener('devicechange', look);
    return () => navigator.mediaDevices.removeEventListener('devicechange', look);
  }, []);
  const choose = useAction(async (kind: 'microphone' | 'loudspeaker', device: string) => {
    if (kind === 'microphone') await phone.chooseMicrophone(device);
    else await phone.chooseLoudspeaker(device);
  });
  const optionsOf = (kind: MediaDeviceKind) => [
    { value: '', label: words.usual },
    ...devices
      .filter((device) => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'default')
      .map(({ deviceId, label }) => ({ value: deviceId, label: label === '' ? deviceId.slice(0, 8) : label })),
  ];
  return (
    <Form layout="vertical">
      <Failure error={choose.error} />
      <Form.Item label={words.microphone} htmlFor="desk-microphone">
        <Select
          id="desk-microphone"
          aria-label={words.microphone}
          defaultValue={phone.microphone}
          options={optionsOf('audioinput')}
          onChange={(device) => choose.run('microphone', device)}
        />
      </Form.Item>
      <Form.Item label={words.loudspeaker} htmlFor="desk-loudspeaker">
        <Select
          id="desk-loudspeaker"
          aria-label={words.loudspeaker}
          defaultValue={phone.loudspeaker}
          options={optionsOf('audiooutput')}
          onChange={(device) => choose.run('loudspeaker', device)}
        />
      </Form.Item>
    </Form>
  );
}
