import type { BundleRequest } from './bundle.ts';

/** What the texts of a bundle name. */
export interface ReadmeFacts {
  readonly recording: string;
  readonly startedAt: string;
  readonly request: BundleRequest;
  readonly redacted: boolean;
  readonly fingerprints: readonly string[];
  readonly software: string;
}

/** README_en.txt */
export const readmeEnglish = ({
  recording,
  startedAt,
  request,
  redacted,
  fingerprints,
  software,
}: ReadmeFacts): string => `Recording ${recording} of ${startedAt}
Made on ${request.madeAt} by ${software} for: ${request.purpose}

HOW TO VERIFY
  node verify.mjs        in this folder, with Node.js 20 or later and nothing else; or
  open verify.html       in a browser and choose the ZIP file. Nothing leaves your computer.
Take the verifier from a bundle or a site that you trust: whoever could change the files could change the one in here.
Compare the fingerprint of the signing key with what the bank has published:
${fingerprints.map((one) => `  ${one}`).join('\n')}

WHAT IS IN HERE
  audio.flac         ${redacted ? 'the call; seconds that were left out are silent' : 'the call, bit for bit as it was archived'}. Left: first channel of manifest.json
  transcript.json    what was said, masked; transcript.html for reading
  transcript-2.json  (and -3, …), where there is one: what a later model understood of the same audio; each names
                     its model. The first one is part of manifest.json, each later one a leaf (SUPERSEDE) in proof.json
  events.json        what happened, second by second
  receipts.json      what of each prompt and disclosure was played: in full, or up to which word
  leak-certificate.json   that no card number, PIN tone or key was found in what is kept; signed
  manifest.json      what the archive committed to when the call was archived, with its signatures
  proof.json         that this manifest and this export stand in the archive's log; checkpoint.txt is the log's signed head
  custody.jsonl      who had to do with the recording
  timestamps/        where the log's head was stamped: its time stamps (RFC 3161)
  frames.json        what proves single seconds of the audio
  redaction.json     what was left out, and why
  recording.vcon     the same conversation for programs of others (IETF vCon, signed)
  bundle.json        every file in here with its SHA-256, signed

WITHOUT OUR PROGRAMS
  flac -t audio.flac
  sha256sum audio.flac           and compare with bundle.json
  openssl ts -verify -in timestamps/0.tsr -token_in -data timestamps/0.txt -CAfile <certificate of the authority, PEM>
                                 where there is a time stamp
`;

/** README_zh.txt */
export const readmeChinese = ({
  recording,
  startedAt,
  request,
  redacted,
  fingerprints,
  software,
}: ReadmeFacts): string => `录音 ${recording}，始于 ${startedAt}
由 ${software} 于 ${request.madeAt} 导出，用途：${request.purpose}

如何验证
  node verify.mjs        在本文件夹中运行，只需 Node.js 20 或更高版本；或者
  打开 verify.html       在浏览器中选择 ZIP 文件。数据不会离开您的电脑。
请使用可信来源的验证程序：能改动文件的人也能改动这里的验证程序。
请将签名密钥指纹与银行公布的指纹核对：
${fingerprints.map((one) => `  ${one}`).join('\n')}

包内文件
  audio.flac         ${redacted ? '通话录音；隐去的片段为静音' : '通话录音，与归档内容逐位一致'}
  transcript.json    通话文字（已脱敏）；transcript.html 供阅读
  transcript-2.json  （以及 -3 等，如有）后续模型对同一音频的识别结果，各文件注明所用模型；
                     首份文字属于 manifest.json，后续各份在 proof.json 中有独立叶子（SUPERSEDE）
  events.json        通话过程中的事件
  receipts.json      每段语音与告知的播放回执：完整播放，或止于哪个词
  leak-certificate.json   所保存内容中未发现卡号、密码按键音或密钥的证明；已签名
  manifest.json      归档时的清单及其签名
  proof.json         证明该清单与本次导出均已登记在归档日志中；checkpoint.txt 为日志的签名树头
  custody.jsonl      保管与访问记录
  timestamps/        对日志树头的可信时间戳（RFC 3161，如有）
  frames.json        用于逐秒证明音频
  redaction.json     隐去的内容及原因
  recording.vcon     同一通话的通用格式（IETF vCon，已签名）
  bundle.json        全部文件及其 SHA-256，已签名

不使用本程序的验证方法
  flac -t audio.flac
  sha256sum audio.flac           与 bundle.json 比较
  openssl ts -verify -in timestamps/0.tsr -token_in -data timestamps/0.txt -CAfile <时间戳机构证书（PEM）>
                                 （如有时间戳）
`;
