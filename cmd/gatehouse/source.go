package main

import (
	"os"

	"github.com/spf13/pflag"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// configSource says where a command reads its configuration.
type configSource struct{ path string }

func (s *configSource) flags(f *pflag.FlagSet) {
	f.StringVar(&s.path, "config", "", "configuration file; without it the environment alone says what to do")
}

func (s *configSource) source() settings.Source {
	return settings.Source{Path: s.path, Env: os.Environ()}
}

// load reads the configuration. It refuses to go on without a file and without
// a variable: the command would use a new database in the working directory.
func (s *configSource) load() (*config.Config, error) {
	return s.loadWith(config.Load)
}

// loadRules is load for a command that asks the rules alone.
func (s *configSource) loadRules() (*config.Config, error) { return s.loadWith(config.LoadRules) }

func (s *configSource) loadWith(load func(settings.Source, ...config.Check) (*config.Config, error)) (*config.Config, error) {
	c, err := load(s.source(), server.PolicyFaults)
	if err == nil && s.path == "" && c.Empty() {
		return nil, wrongUsage("nothing is configured; name a file with --config, or set environment variables such as ROUTES; DATA_DIR=gatehouse-data is for the data of gatehouse dev")
	}
	return c, err
}
