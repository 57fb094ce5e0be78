// Package websocket carries a TCP connection in a WebSocket (RFC 6455), for networks
// that let nothing but HTTP through.
//
//	Ask, CheckAnswer      the handshake at the client
//	CheckRequest, Answer  the handshake at the server
//	Conn                  the connection after it
//
// The bytes of the connection are binary messages. Where one message ends and the next
// begins means nothing, and a message is passed on while it comes, so a long one takes
// no memory. The subprotocol [Protocol] adds one rule: an empty message says that
// nothing more comes from its sender, as the half-close of TCP does. The closing
// handshake ends both directions.
//
// Libraries read whole messages, and end a connection whose peer does not answer a ping
// in time. Here a peer that does not read at the moment has to be waited for, since the
// program behind it may be slow: pings keep the connection alive at the proxies on the
// way, and nobody waits for their answers.
package websocket
