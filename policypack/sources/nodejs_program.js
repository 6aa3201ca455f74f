// Runs a program with the SDK's own runner, whose path is the first argument and whose arguments follow.
"use strict";

const path = require("path");

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const runner = process.argv[2];
const sdk = path.resolve(path.dirname(runner), "..", "..");

// Lets the secret getters of `Config` return an unknown for secure settings, which cannot be decrypted here. A getter that
// does not ask for a secret returns the string that marks an unknown.
function hideSecureSettings() {
    const { Config } = require(path.join(sdk, "config"));
    const { Output } = require(path.join(sdk, "output"));
    const { getConfig } = require(path.join(sdk, "runtime", "config"));
    const known = (value) => Promise.resolve(value);
    for (const prefix of ["get", "require"]) {
        for (const kind of ["", "Boolean", "Number", "Object"]) {
            const name = `${prefix}Secret${kind}`;
            const getter = Config.prototype[name];
            Config.prototype[name] = function (key, ...more) {
                if (getConfig(`${this.name}:${key}`) === UNKNOWN) {
                    // resources, value, whether it is known, whether it is a secret, all resources
                    return new Output(new Set(), known(undefined), known(false), known(true), known(new Set()));
                }
                return getter.call(this, key, ...more);
            };
        }
    }
}

// Lets resources know their line in ES modules as well, whose stack frames are `at file:///shop/index.js:4:11`. The SDK
// expects `at name (/shop/index.js:4:11)`.
function readFramesOfModules() {
    const { Resource } = require(path.join(sdk, "resource"));
    if (Resource.framePositionRegExp) {
        Resource.framePositionRegExp =
            /^\s*at (?:.* \()?(?:file:\/\/)?(?<file>.*?):(?<line>[0-9]+):(?<column>[0-9]+)\)?$/;
    }
}

// Reports errors without colours. With them, Node.js 20.20 never returns from formatting a stack trace that contains
// `node_modules/@pulumi/resource.ts`: it looks for a slash after the name of the package, and there is none.
function inspectWithoutColours() {
    const util = require("util");
    const inspect = util.inspect;
    const plain = (value, options, ...more) =>
        inspect(value, typeof options === "object" ? { ...options, colors: false } : options, ...more);
    util.inspect = Object.defineProperties(plain, Object.getOwnPropertyDescriptors(inspect));
}

// Lets a program fail whose calls to the monitor are cancelled. The SDK takes that for the end of the engine, which reports
// why it ends: it drops all further calls and ends without an error.
function failWithoutMonitor() {
    const settings = require(path.join(sdk, "runtime", "settings"));
    const terminate = settings.terminateRpcs;
    settings.terminateRpcs = () => {
        if (!process.exitCode) {
            console.error("a call to the monitor was cancelled, so not all resources are registered");
        }
        process.exitCode = 1;
        terminate();
    };
}

inspectWithoutColours();
failWithoutMonitor();
hideSecureSettings();
readFramesOfModules();
process.argv.splice(1, 1);
require(runner);
