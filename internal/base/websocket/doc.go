// Package websocket carries a TCP connection in a WebSocket (RFC 6455), for networks
// that let nothing but HTTP through.
//
//	Dial                  the handshake at the client, over a connection that is there
//	CheckRequest, Accept  the handshake at the server
//	Conn                  the connection after it
//
// The bytes of the connection are binary messages. Where one message ends and the next
// begins means nothing, and a message is passed on in parts, so a long one takes no
// memory. The subprotocol [Protocol] adds one rule: an empty message says that nothing
// more comes from its sender, as the half-close of TCP does. The closing handshake ends
// both directions.
//
// The handshakes and the framing are those of github.com/coder/websocket. It ends a
// connection on which an answer to a ping can't be written within five seconds. Here a
// peer that does not read at the moment has to be waited for, since the program behind
// it may be slow. So the library writes into an outbox, which never blocks, and the
// writer of data waits for the outbox:
//
//	Conn.Write -> library -> outbox -> the network
//	   waits for what it wrote <-|
//
// Pings keep the connection alive at the proxies on the way. A missing answer ends
// nothing.
package websocket
