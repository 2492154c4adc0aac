// Holds the bodies of calls against Rocket.Chat's own description of its API, by which its server checks them too.
//
// usage: rocketchat_bodies.js FOLDER, that of the package @rocket.chat/rest-typings
// reads: a line of JSON for each call: the method's name and the body
// prints: a line for each: `fits`, or what is wrong

const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { buildSync } = require("esbuild");

// The package is written for a bundler.
function load(file) {
    const built = buildSync({
        entryPoints: [`${process.argv[2]}/dist/v1/${file}`],
        bundle: true, format: "cjs", platform: "node", write: false, logLevel: "error",
        nodePaths: process.env.NODE_PATH.split(":"),
    });
    const module = new Module(file);
    module.paths = process.env.NODE_PATH.split(":");
    module._compile(built.outputFiles[0].text, file);
    return module.exports;
}

const { isLoginProps } = load("auth.js");
const { isChatPostMessageProps } = load("chat.js");
const checks = { login: isLoginProps, "chat.postMessage": isChatPostMessageProps };

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const [method, body] = JSON.parse(line);
    const check = checks[method];
    // Ajv puts what it can into the form that is asked for; what is said has that form already.
    const before = JSON.stringify(body);
    const fits = check(body) && JSON.stringify(body) === before;
    console.log(fits ? "fits" : `wrong: ${before} ${JSON.stringify(check.errors)}`);
}
