/** The path with one slash at its start: with two, it would name another host as soon as it is used as a link. */
export const onThisHost = (path: string): string => path.replace(/^\/{2,}/, '/');
