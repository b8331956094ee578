// Loads the package, and tells why it does not.
await import("wotnot").catch((error) => console.log(error.message));
