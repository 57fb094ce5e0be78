package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// configSource is where a command takes its configuration from.
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

// linesOf returns an error as lines for a person: each fault of a configuration
// on its own, and of an engine's error what a caller may read with its cause.
func linesOf(err error) []string {
	if faults := settings.FaultsOf(err); len(faults) > 0 {
		lines := make([]string, 0, len(faults)+1)
		for _, f := range faults {
			lines = append(lines, f.Error())
		}
		if len(faults) > 1 {
			lines = append(lines, fmt.Sprintf("%d faults in the configuration", len(faults)))
		}
		return lines
	}
	if fault.As(err) != nil {
		return []string{strings.ReplaceAll(said(err), "\n", "; ")}
	}
	return strings.Split(err.Error(), "\n")
}

// said is an error's text with an engine's error in it told by what a caller
// may read, and its cause, in place of its code.
func said(err error) string {
	f := fault.As(err)
	if f == nil {
		return err.Error()
	}
	text := f.Message
	if cause := errors.Unwrap(f); cause != nil {
		text += ": " + said(cause)
	}
	return strings.Replace(err.Error(), f.Error(), text, 1)
}
