// Package route answers which route a URL means, and what becomes of the URL on
// its way to the upstream. All of it is pure: values in, values out, so that the
// proxy, the configuration check and the explanation of a decision ask the same
// functions.
package route
