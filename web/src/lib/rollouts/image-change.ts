type Images = Readonly<Record<string, string>>;

interface ImageParts {
  /** Without registry, folders, tag and digest. */
  readonly name: string;
  /** `1.2.0`, or the beginning of the digest. */
  readonly version: string;
}

const DIGEST_CHARACTERS = 12;

/** `registry.acme.example/team/web:1.2@sha256:…` in its parts. */
export function imageParts(image: string): ImageParts {
  const [tagged = '', digest = ''] = image.split('@');
  const last = tagged.slice(tagged.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  const name = colon < 0 ? last : last.slice(0, colon);
  const tag = colon < 0 ? '' : last.slice(colon + 1);
  const hash = digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 1 + DIGEST_CHARACTERS);
  return { name, version: tag !== '' ? tag : hash };
}

const shortImage = (image: string): string => {
  const { name, version } = imageParts(image);
  return version === '' ? name : `${name}:${version}`;
};

/** How the image of a container changed; `before` or `after` is '' where there was or is no such container. */
export interface ImageChange {
  readonly container: string;
  readonly before: string;
  readonly after: string;
  /** As short as tells them apart: versions of one name, else names. */
  readonly shortBefore: string;
  readonly shortAfter: string;
}

function changeOf(container: string, before: string, after: string): ImageChange {
  const [old, fresh] = [imageParts(before), imageParts(after)];
  const sameName = before !== '' && after !== '' && before.split(/[:@]/)[0] === after.split(/[:@]/)[0];
  const versions = sameName && old.version !== '' && fresh.version !== '' && old.version !== fresh.version;
  return {
    container,
    before,
    after,
    shortBefore: versions ? old.version : shortImage(before),
    shortAfter: versions ? fresh.version : shortImage(after),
  };
}

/** Of each container whose image is another than before, in the order of `after`; those that are gone come last. */
export function imageChanges(before: Images, after: Images): ImageChange[] {
  const containers = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return containers
    .map((name) => changeOf(name, before[name] ?? '', after[name] ?? ''))
    .filter((one) => one.before !== one.after);
}

/** `web 1.2.0 → 1.3.0`, one after another. The container that is named as its workload is not named again. */
export const imageChangeText = (changes: readonly ImageChange[], workload = ''): string =>
  changes
    .map(({ container, shortBefore, shortAfter }) => {
      if (shortBefore === '') return `+ ${container} ${shortAfter}`;
      if (shortAfter === '') return `− ${container}`;
      return `${container === workload ? '' : `${container} `}${shortBefore} → ${shortAfter}`;
    })
    .join(', ');
