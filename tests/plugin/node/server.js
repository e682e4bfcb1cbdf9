// A collector on grpc-js that does everything right, and as the plainest of programs would do it.
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const { ReflectionService } = require("@grpc/reflection");

const definition = loader.loadSync(process.argv[2], { keepCase: true, enums: String });
const { Collector } = grpc.loadPackageDefinition(definition).spaceone.api.inventory.plugin;

function struct(object) {
  return { fields: Object.fromEntries(Object.entries(object).map(([key, value]) => [key, valueOf(value)])) };
}

function valueOf(value) {
  if (value === null) return { nullValue: "NULL_VALUE" };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(valueOf) } };
  return { structValue: struct(value) };
}

const metadata = {
  supported_schedules: ["hours"],
  supported_resource_type: ["inventory.CloudService"],
  options_schema: { type: "object", properties: { count: { type: "integer" } } },
};

function machine(index) {
  return {
    state: "SUCCESS",
    resource_type: "inventory.CloudService",
    match_rules: struct({ 1: ["reference.resource_id"] }),
    resource: struct({
      name: `vm-${index}`,
      provider: "aws",
      region_code: "ap-northeast-2",
      cloud_service_group: "EC2",
      cloud_service_type: "Instance",
      data: { cpu: index % 8, nothing: null },
      reference: { resource_id: `i-${index}` },
    }),
  };
}

const server = new grpc.Server();
server.addService(Collector.service, {
  init: (call, callback) => callback(null, { metadata: struct(metadata) }),
  verify: (call, callback) => {
    const token = call.request.secret_data?.fields?.token?.stringValue;
    if (token === "right-token") callback(null, {});
    else callback({ code: grpc.status.UNAUTHENTICATED, details: "bad credentials" });
  },
  collect: (call) => {
    const count = call.request.options?.fields?.count;
    if (count !== undefined && count.numberValue === undefined) {
      call.emit("error", { code: grpc.status.INVALID_ARGUMENT, details: "options.count is no number" });
      return;
    }
    for (let index = 0; index < (count?.numberValue ?? 5); index++) call.write(machine(index));
    call.end();
  },
});
new ReflectionService(definition).addToServer(server);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
// ends with the test that started it
process.stdin.on("end", () => process.exit(0)).resume();
