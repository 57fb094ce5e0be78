package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

func newServe() *cobra.Command {
	var source configSource
	var wait databaseWait
	cmd := &cobra.Command{
		Use: "serve", SuggestFor: []string{"start", "run", "server", "up"}, Short: "Serve what the configuration says", Args: noArgs,
		Long: `Serve runs the directory and the gateway, each if the configuration has it. The
configuration is a YAML file; a Pomerium configuration file is one. Every key can
also come from the environment. A change of the file takes effect without a
restart, or at once with SIGHUP; one that is wrong is logged, and the old one
stays.

At start serve logs what runs where, and which settings are for development only.
It waits for a database that does not answer yet.`,
		Example: `  gatehouse serve --config config.yaml
  DATABASE=postgres://gatehouse@db/gatehouse gatehouse serve --config config.yaml --wait 2m`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hurry()
			c, err := source.load()
			if err != nil {
				return err
			}
			log, queue, err := openLog(cmd.ErrOrStderr(), c.LogLevel, telemetry.Auto)
			if err != nil {
				return err
			}
			defer queue.Close()
			o := server.Options{Config: c, Log: log, Patience: wait.logged(log)}
			return serve(cmd.Context(), c, o, queue, func(addr string) { logStart(log, c, addr) })
		},
	}
	source.flags(cmd.Flags())
	wait.flags(cmd.Flags())
	return cmd
}

// openLog opens the log of a process that serves. Nothing that happens to the
// reader of a pipe may stop or end it: a write to a pipe without a reader fails,
// and the process goes on. What libraries report goes the same way.
func openLog(out io.Writer, level string, format telemetry.Format) (*slog.Logger, *telemetry.Queue, error) {
	signal.Ignore(syscall.SIGPIPE)
	l, queue, err := telemetry.OpenLog(out, level, format)
	if err != nil {
		return nil, nil, err
	}
	log.SetFlags(0) // the lines of l have a time
	log.SetOutput(telemetry.Standard(l))
	return l, queue, nil
}

// logStart logs what runs where and what may not be meant, and last the address
// at which the server is ready.
func logStart(log *slog.Logger, c *config.Config, addr string) {
	for _, p := range server.Parts(c) {
		log.Info("serving", slog.String("part", p.Name), slog.String("at", p.At))
	}
	for _, w := range c.Warnings {
		log.Warn(w)
	}
	for _, w := range server.DevelopmentOnly(c) {
		log.Warn(w)
	}
	log.Info("ready", slog.String("address", addr))
}

// serve runs a system until ctx ends. ready is told the address when everything
// answers: what comes after it can't fail the start, and a script may use what the start
// has made, such as the local authority.
func serve(ctx context.Context, c *config.Config, o server.Options, queue *telemetry.Queue, ready func(addr string)) error {
	hup := make(chan os.Signal, 1)
	if o.Dev == nil {
		signal.Notify(hup, syscall.SIGHUP) // from the start: a signal that nobody takes ends the process
		defer signal.Stop(hup)
	}
	main := "address"
	if o.Dev != nil {
		main = "--listen"
	}
	listeners, err := server.Listen(c, main)
	if err != nil {
		return err
	}
	defer listeners.Close()
	metrics := telemetry.NewMetrics()
	metrics.CountDropped(queue)
	metrics.TellBuild(version, strings.TrimSpace(revision()))
	metrics.Reloaded(time.Now(), loadedOf(c))
	tracer, err := telemetry.NewTracer(ctx, server.Traces(c), o.Log)
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
	running, err := s.Start(c, listeners, metrics.Handler())
	if err != nil {
		return err
	}
	if o.Dev == nil { // after Start: until then, a reload would miss the certificates
		go watch(ctx, c, s, hup, o.Log, queue, metrics)
	}
	ready(listeners.Addr().String())
	defer settleMemory()()
	return running.Wait(ctx)
}

// watch follows the configuration file. A value of hup loads it at once.
func watch(ctx context.Context, c *config.Config, s *server.Server, hup <-chan os.Signal, log *slog.Logger, queue *telemetry.Queue, metrics *telemetry.Metrics) {
	refused := func(err error) {
		metrics.Refused()
		logRefusal(log, err)
	}
	config.Watch(ctx, c, hup, func(next *config.Config) {
		if err := s.Reload(ctx, next); err != nil {
			refused(err)
			return
		}
		metrics.Reloaded(time.Now(), loadedOf(next))
		log.Info("the configuration was reloaded")
		for _, key := range s.NeedsRestart(next) {
			log.Warn("this change takes effect with a restart", slog.String("key", key))
		}
		if err := queue.SetLevel(next.LogLevel); err != nil {
			log.Error("the level of the log stays", slog.String("error", err.Error()))
		}
	}, refused)
}

func loadedOf(c *config.Config) telemetry.Loaded {
	return telemetry.Loaded{Routes: len(c.AllRoutes()), Checksum: c.Checksum()}
}

func logRefusal(log *slog.Logger, err error) {
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
