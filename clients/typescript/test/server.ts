import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Doorbuster, type NewProduct, unwrap } from "@doorbuster/client";
import { Webhook } from "standardwebhooks";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const BINARY = process.env["TEST_BINARY"] ?? join(ROOT, "target/debug/doorbuster");
export const ADMIN_KEY = "the-admin-key-of-the-client-tests";
export const WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The real server on a free port and a fresh database, which both go at the end. */
export class Server {
  readonly address: string;
  readonly shop: Doorbuster;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, address: string) {
    this.#process = process;
    this.#folder = folder;
    this.address = address;
    this.shop = new Doorbuster({ baseUrl: address, adminKey: ADMIN_KEY });
  }

  static async start(...options: string[]): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "doorbuster-client-"));
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("DOORBUSTER_"));
    const server = spawn(
      BINARY,
      [
        "serve",
        ...["--listen", "127.0.0.1:0", "--database", `sqlite:${join(folder, "sale.db")}`],
        ...["--admin-key", ADMIN_KEY, "--webhook-secret", WEBHOOK_SECRET, "--log", "error"],
        ...options,
      ],
      { env: Object.fromEntries(own), stdio: ["ignore", "pipe", "inherit"] },
    );
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      server.on("error", reject);
      server.on("exit", () => reject(new Error(`${BINARY} ended: ${said}`)));
      server.stdout.on("data", (data) => {
        said += String(data);
        const address = /^listening on (\S+)$/m.exec(said)?.[1];
        if (address) resolve(address);
      });
    });
    return new Server(server, folder, address);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    if (this.#process.exitCode === null && this.#process.kill()) await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Puts a product on sale. */
  async product(product: Partial<NewProduct> = {}): Promise<number> {
    const body = { name: "Chair", total_stock: 10, price: 9999, ...product };
    return unwrap(await this.shop.api.POST("/api/products", { body })).id;
  }

  /** How many units of a product are held and sold. */
  async stock(productId: number): Promise<{ held: number; sold: number }> {
    const params = { path: { product_id: productId } };
    const product = unwrap(await this.shop.api.GET("/api/products/{product_id}", { params }));
    return { held: product.held_stock, sold: product.sold_stock };
  }

  /** Delivers a payment event as a payment service would, signed by the scheme's own library. */
  async deliver(event: object): Promise<unknown> {
    const body = JSON.stringify(event);
    const response = await fetch(`${this.address}/api/payments/webhook`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...signature("msg-1", body) },
      body,
    });
    return response.json();
  }
}

/** The headers of a delivery. */
export function signature(id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(WEBHOOK_SECRET).sign(id, now, body),
  };
}
