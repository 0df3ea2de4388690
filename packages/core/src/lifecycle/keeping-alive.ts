/** A pending promise does not keep a process alive: a tap that never settles would end it with nothing released. */
export const keepingAlive = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const timer = setInterval(() => {}, 2 ** 31 - 1);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
