package main

import (
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/settings"
)

// linesOf returns an error as lines for a person: each fault of a configuration
// on a line of its own, any other error on one line.
func linesOf(err error) []string {
	if faults := settings.FaultsOf(err); len(faults) > 0 {
		return faultLines(faults)
	}
	if fault.As(err) != nil {
		return []string{oneLine(readable(err))}
	}
	return []string{oneLine(err.Error())}
}

func faultLines(faults []settings.Fault) []string {
	lines := make([]string, 0, len(faults)+1)
	for _, f := range faults {
		lines = append(lines, f.Error())
	}
	if len(faults) > 1 {
		lines = append(lines, fmt.Sprintf("%d faults in the configuration", len(faults)))
	}
	return lines
}

// readable is the text of an error. In place of the code of an engine's error
// it has what a caller may read, and its cause, unless the text names that already.
func readable(err error) string {
	f := fault.As(err)
	if f == nil {
		return err.Error()
	}
	text := f.Message
	if cause := errors.Unwrap(f); cause != nil && !strings.Contains(text, innermost(cause).Error()) {
		text = strings.TrimSuffix(text, ".") + ": " + readable(cause)
	}
	return strings.Replace(err.Error(), f.Error(), text, 1)
}

// innermost returns the error at the end of err's chain.
func innermost(err error) error {
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(err) {
		err = cause
	}
	return err
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
