// Package browser gives tests a person at a browser, and the network between
// the browser and the servers. Both are inside the test's process.
//
//	network := browser.NewNetwork(t, handler)
//	b := network.Browser()
//	page := b.Open("https://app.example.com/")
//	page.Submit("username", "alice", "password", "secret").Want(200, "Hello")
//
// A [Network] carries real HTTP over pipes: an http.Transport at one end and an
// http.Server at the other. No port is opened, so no port can be taken by
// another process, and no connection can end before its test does. Every host
// name leads to the one handler; "https" URLs need no certificate.
//
// A [Browser] keeps cookies, follows redirects from host to host, and fills in
// the forms of a [Page] as a browser without script does. It works over every
// http.RoundTripper, so that the end-to-end tests use it over real connections.
package browser
