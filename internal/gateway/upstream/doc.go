// Package upstream makes the connections over which requests go to applications.
//
// Most requests of a gateway have no body and go to an application on plain
// HTTP/1.1. For these, [Transport] has a road of its own: the goroutine of the
// request writes it and reads the answer. [http.Transport] has two further
// goroutines for each connection, and hands every request to the one and every
// answer back from the other, which costs more than all the rest of the proxying.
//
// Every other request goes to an [http.Transport]: those with a body, because an
// answer may come before the body is sent, TLS, HTTP/2, and a change of protocol.
// The answers are parsed by net/http on both roads.
package upstream
