import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/**
 * A TCP proxy that lets through only so many bytes of the first answers, one number for each
 * connection, and then hangs up. Further connections are left alone.
 */
export async function cuttingProxy(target: string, cuts: number[]) {
  const { hostname, port } = new URL(target);
  const left = [...cuts];
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => (client.destroy(), server.destroy(), open.delete(socket)));
    }
    let rest = left.shift() ?? Infinity;
    client.on("data", (data) => server.write(data));
    server.on("data", (data) => {
      const part = data.subarray(0, Math.min(rest, data.length));
      rest -= data.length;
      if (rest >= 0) client.write(part);
      else client.end(part); // the server has answered, so it has done what was asked
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const stop = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  };
  return { address, stop };
}
