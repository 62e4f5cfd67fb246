import { cpus } from 'node:os';

export interface CpuHeadroom {
  /** 0…1: the share of all cores, since the last question, that nobody used at normal priority. What runs at a low one gives way by itself. */
  share(): number;
}

export function watchCpuHeadroom(): CpuHeadroom {
  let before = total();
  return {
    share() {
      const now = total();
      const [all, busy] = [now.all - before.all, now.busy - before.busy];
      before = now;
      return all <= 0 ? 0 : 1 - busy / all;
    },
  };
}

function total(): { readonly all: number; readonly busy: number } {
  let [all, busy] = [0, 0];
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    busy += times.user + times.sys + times.irq;
  }
  return { all, busy };
}
