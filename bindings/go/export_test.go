package wotnot

// For the tests alone, which use the package from outside.
var NativeLeaks = nativeLeaks
