package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

func newServe() *cobra.Command {
	var source configSource
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve what the configuration says", Args: noArgs,
		Long: `Serve runs the directory and the gateway, each as far as the configuration has
it. The configuration is a YAML file; a Pomerium configuration file is one. Every
key can also come from the environment. A change of the file takes effect without
a restart; one that is wrong is logged, and the old one stays.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := source.load()
			if err != nil {
				return err
			}
			log, err := telemetry.NewLogger(cmd.ErrOrStderr(), c.LogLevel, telemetry.Auto)
			if err != nil {
				return err
			}
			for _, w := range c.Warnings {
				log.Warn(w)
			}
			return serve(cmd.Context(), c, server.Options{Config: c, Log: log}, func(addr string) {
				log.Info("ready", slog.String("address", addr))
			})
		},
	}
	source.flags(cmd.Flags())
	return cmd
}

// serve runs a system until ctx ends. ready is told the address when it can be
// reached.
func serve(ctx context.Context, c *config.Config, o server.Options, ready func(addr string)) error {
	listeners, err := server.Listen(c)
	if err != nil {
		return err
	}
	defer listeners.Close()
	metrics := telemetry.NewMetrics()
	tracer, err := telemetry.NewTracer(ctx, o.Log)
	if err != nil {
		return err
	}
	if tracer != nil {
		defer tracer.Shutdown(context.WithoutCancel(ctx))
	}
	o.Meter, o.Tracer = metrics, tracer
	s, err := server.New(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, w := range s.Warnings() {
		o.Log.Warn(w)
	}
	if o.Dev == nil {
		go watch(ctx, c, s, o.Log)
	}
	ready(listeners.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler())
	return s.Serve(ctx, c, listeners, mux)
}

// watch follows the configuration file.
func watch(ctx context.Context, c *config.Config, s *server.Server, log *slog.Logger) {
	config.Watch(ctx, c, func(next *config.Config) {
		if err := s.Reload(ctx, next); err != nil {
			refused(log, err)
			return
		}
		log.Info("the configuration was reloaded")
	}, func(err error) { refused(log, err) })
}

func refused(log *slog.Logger, err error) {
	for _, line := range linesOf(err) {
		log.Error("the new configuration is wrong, the old one stays", slog.String("fault", line))
	}
}

// count puts a number before a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
