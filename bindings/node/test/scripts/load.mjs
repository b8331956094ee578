// Loads the package, and prints why it does not.
await import("wotnot").catch((error) => console.log(error.message));
