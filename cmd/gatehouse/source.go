package main

import (
	"os"

	"github.com/spf13/pflag"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// configSource says where a command reads its configuration.
type configSource struct{ path string }

func (s *configSource) flags(f *pflag.FlagSet) {
	f.StringVar(&s.path, "config", "", "configuration file; without it the environment alone says what to do")
}

func (s *configSource) source() settings.Source {
	return settings.Source{Path: s.path, Env: os.Environ()}
}

func (s *configSource) load() (*config.Config, error) {
	return config.Load(s.source())
}
