package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/server"
)

// devFlags are the flags of the command dev.
type devFlags struct {
	listen, data     string
	hosts, functions []string
	verbose, tls     bool
}

func newDev() *cobra.Command {
	var flags devFlags
	cmd := &cobra.Command{
		Use: "dev", Short: "Run the whole system on this machine, without a configuration", Args: noArgs,
		Long: `Dev runs a user pool with users in groups, and an application behind the gateway,
all on one port of this machine. An outbox on the start page catches e-mails and
text messages. On a loopback address the API accepts any access key. The database
and the keys are kept under --data. The API answers at localhost and at loopback
addresses; containers reach it by a name that --host gives. --function makes a
command a Lambda trigger: it reads the event and writes it with its response.

With --tls, all addresses are https, with a certificate of a local authority, which
"gatehouse ca trust" makes this machine trust.`,
		Example: `  gatehouse dev
  gatehouse dev --listen 127.0.0.1:8000 --data /tmp/gatehouse
  gatehouse dev --function 'pre-token=node pre-token.mjs'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDev(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), flags)
		},
	}
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:9229", "address to listen on")
	cmd.Flags().StringArrayVar(&flags.hosts, "host", nil, "another host name at which the API answers, such as host.docker.internal; may be repeated")
	cmd.Flags().StringArrayVar(&flags.functions, "function", nil, "a `name=command` that pools may call as arn:aws:lambda:us-east-1:000000000000:function:<name>; may be repeated")
	cmd.Flags().StringVar(&flags.data, "data", "gatehouse-data", "directory for the database and the keys")
	cmd.Flags().BoolVar(&flags.tls, "tls", false, "speak TLS, with a certificate of a local authority; see gatehouse ca")
	cmd.Flags().BoolVarP(&flags.verbose, "verbose", "v", false, "log every request")
	return cmd
}

func runDev(ctx context.Context, out, errOut io.Writer, flags devFlags) error {
	port, err := portOf(flags.listen)
	if err != nil {
		return err
	}
	for _, h := range flags.hosts {
		if !hostname.IsHost(h) {
			return wrongUsage("--host %q is not a host name without port, for example host.docker.internal", h)
		}
	}
	functions, err := devFunctions(flags.functions)
	if err != nil {
		return err
	}
	log, queue, err := openLog(errOut, flags.logLevel(), telemetry.Auto)
	if err != nil {
		return err
	}
	defer queue.Close()
	d := server.DevConfig{Listen: flags.listen, DataDir: flags.data, Hosts: flags.hosts, TLS: flags.tls}
	if d.AppURL, err = serveApp(ctx, log, d); err != nil {
		return err
	}
	c, dev, err := server.NewDev(d)
	if err != nil {
		return err
	}
	dev.Functions, dev.FunctionLog = functions, errOut
	o := server.Options{Config: c, Dev: dev, Log: log}
	return serve(ctx, c, o, queue, func(string) { greet(out, port, d, dev) })
}

// functionName is a name that fits in the ARN of a function. AWS: FunctionName.
var functionName = pattern.New(`^[\w-]{1,64}$`)

// devFunctions reads the values of --function.
func devFunctions(values []string) ([]server.DevFunction, error) {
	var all []server.DevFunction
	for _, v := range values {
		name, line, _ := strings.Cut(v, "=")
		if !functionName.MatchString(name) || strings.TrimSpace(line) == "" {
			return nil, wrongUsage("--function %q is not name=command, for example 'pre-token=node pre-token.mjs'", v)
		}
		if slices.ContainsFunc(all, func(f server.DevFunction) bool { return f.Name == name }) {
			return nil, wrongUsage("--function names %s twice", name)
		}
		all = append(all, server.DevFunction{Name: name, Line: line})
	}
	return all, nil
}

// logLevel is warn unless every request is logged.
func (f devFlags) logLevel() string {
	if f.verbose {
		return "info"
	}
	return "warn"
}

// portOf returns the port of an address. It must be a number from 1: the printed
// URLs and the callback URLs of the seeded clients contain it.
func portOf(listen string) (string, error) {
	_, port, err := net.SplitHostPort(listen)
	if n, notNumber := strconv.ParseUint(port, 10, 16); err != nil || notNumber != nil || n == 0 {
		return "", wrongUsage("--listen %q is not host:port, for example 127.0.0.1:9229", listen)
	}
	return port, nil
}

// serveApp runs the demo application on a port of its own until ctx ends, and returns
// its URL.
func serveApp(ctx context.Context, log *slog.Logger, d server.DevConfig) (string, error) {
	app, err := server.DemoApp(d)
	if err != nil {
		return "", err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the demo app: %w", err)
	}
	srv := &http.Server{Handler: app, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the demo app ended", slog.String("error", err.Error()))
		}
	}()
	context.AfterFunc(ctx, func() { srv.Close() })
	return "http://" + ln.Addr().String(), nil
}

// greet prints where the parts of the system are and who can sign in.
func greet(out io.Writer, port string, d server.DevConfig, dev *server.Dev) {
	at := func(host, path string) string { return d.Scheme() + "://" + host + ":" + port + path }
	fmt.Fprintf(out, "Gatehouse is running. The database and the keys are in %s.\n\n", d.DataDir)
	fmt.Fprintf(out, "  start page  %s\n", at("localhost", "/"))
	fmt.Fprintf(out, "  demo app    %s\n", at("hello.localhost", "/"))
	fmt.Fprintf(out, "  outbox      %s\n", at("localhost", "/console/outbox"))
	fmt.Fprintf(out, "  API         %s  (aws --endpoint-url)\n\n", at("localhost", "/"))
	if d.TLS {
		fmt.Fprintf(out, "  trust it    gatehouse ca trust --data %s\n\n", d.DataDir)
	}
	for _, u := range dev.Start.Users {
		fmt.Fprintf(out, "  user %-6s password %-14s %s\n", u.Username, u.Password.Reveal(), u.About)
	}
	for _, f := range dev.Functions {
		fmt.Fprintf(out, "\n  function    %s\n              %s\n", f.ARN(), f.Line)
	}
	fmt.Fprintf(out, "\nStop it with Ctrl-C.\n")
}
