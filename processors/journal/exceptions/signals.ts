const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

/** The signal that ended a process: the one given, or the one that an exit code over 128 stands for; '' for none. */
export function signalOf(exitCode: number | null, signal: number | undefined): string {
  const number = signal || (exitCode !== null && exitCode > 128 ? exitCode - 128 : 0);
  return SIGNALS[number] ?? (signal ? `signal ${signal}` : '');
}
