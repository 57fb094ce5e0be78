package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/spf13/cobra"

	"gatehouse/internal/remote"
)

func newTunnel() *cobra.Command {
	flags := &gatewayFlags{}
	var gatewayURL, listen string
	var socket bool
	cmd := &cobra.Command{
		Use: "tunnel HOST:PORT", Short: "Reach a TCP route of a gateway from this machine",
		Long: `Tunnel lets programs of this machine reach a target that a gateway has a route for
(from: tcp+https://HOST:PORT). It signs you in with the browser when the gateway
asks for it, and keeps the credential.

It listens on a local address, and joins each connection with the target. With
--listen - it joins its own standard input and output instead. A target may also
be the URL of the route, tcp+https://PROXY/HOST:PORT.

It asks the gateway by CONNECT. Where something before the gateway refuses that, it
asks again by WebSocket; --websocket does so at once.

A program that cannot open a browser passes as a service account
(gatehouse keys create --service-account), with --service-account-file or the
variable GATEHOUSE_SERVICE_ACCOUNT. Tunnel ends with an error if the gateway
refuses the account.`,
		Example: `  gatehouse tunnel redis.corp.example.com:6379 --listen 127.0.0.1:6379
  ssh -o ProxyCommand='gatehouse tunnel %h:%p --listen -' shell.corp.example.com
  gatehouse tunnel db.corp.example.com:5432 --listen 127.0.0.1:5432 --service-account-file token`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("%s takes one target, got %d arguments; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err := remote.ParseTarget(args[0], gatewayURL)
			if err != nil {
				return wrongUsage("%w; see %s --help", err, cmd.CommandPath())
			}
			if _, _, err := net.SplitHostPort(listen); err != nil && listen != "-" {
				return wrongUsage("--listen %q is not host:port, for example 127.0.0.1:6379", listen)
			}
			gateway, err := flags.gateway(target.Gateway, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			secure, err := flags.tls()
			if err != nil {
				return err
			}
			tunnel := &remote.Tunnel{Gateway: gateway, Target: target.Authority, TLS: secure, Proxy: http.ProxyFromEnvironment, WebSocket: socket}
			if listen == "-" {
				return throughStandard(cmd, tunnel)
			}
			return listenFor(cmd, tunnel, listen)
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().StringVar(&gatewayURL, "gateway", "", "`URL` of the gateway, instead of https:// and the target's host")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "local `address` to listen on; - for standard input and output")
	cmd.Flags().BoolVar(&socket, "websocket", false, "reach the gateway by WebSocket alone, where nothing but HTTP passes")
	return cmd
}

// throughStandard joins the process's input and output with the target.
func throughStandard(cmd *cobra.Command, tunnel *remote.Tunnel) error {
	conn, err := tunnel.Dial(cmd.Context())
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(cmd.Context(), func() { _ = conn.Close() })()
	return remote.Join(cmd.InOrStdin(), cmd.OutOrStdout(), conn)
}

// listenFor takes connections on a local address. Everybody on the machine could use
// one that others can reach, in the user's name.
func listenFor(cmd *cobra.Command, tunnel *remote.Tunnel, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; give another address with --listen", address, err)
	}
	defer listener.Close()
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "gatehouse: %s is at %s\n", tunnel.Target, listener.Addr())
	if host, ok := listener.Addr().(*net.TCPAddr); ok && !host.IP.IsLoopback() {
		fmt.Fprintln(out, "gatehouse: other machines can reach that address, and then the target in your name")
	}
	var mu sync.Mutex
	return tunnel.Serve(cmd.Context(), listener, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		report(out, err)
	})
}
