package route

// ID returns the stable id of a route: a hash of what makes it that route.
// target is its upstream URLs, or its redirect or response printed.
func ID(from From, prefix, path, regex string, target ...string) string { return "" }
