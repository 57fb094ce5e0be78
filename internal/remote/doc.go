// Package remote is what people run on their own machines to pass a gateway with
// other programs than browsers: kubectl, ssh, psql.
//
//	SignIn      asks the gateway for a link, opens it in the browser, and waits at a
//	            loopback address for the credential (Pomerium: programmatic access)
//	Keep        keeps credentials in files that only their owner reads
//	ExecInfo    is what kubectl asks its plug-in for
//	Tunnel      connects with a target by CONNECT or WebSocket, and signs in if the
//	            gateway asks
//	Account     passes as a service account, where nobody can sign in
//
// It speaks Pomerium's protocols, and Gatehouse's WebSocket for TCP. It knows nothing of the gateway's inside.
package remote
