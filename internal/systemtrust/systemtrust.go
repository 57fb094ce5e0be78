// Package systemtrust makes the programs of a machine trust a certificate authority,
// and ends that. It calls the commands that the systems have for it:
//
//	Trust  ─┬─▶ the system's store   as root, or by sudo      most programs
//	Forget ─┘  certutil              as the user              Chromium and Firefox on
//	                                                          Linux, Firefox elsewhere
//
// Every command is told before it runs. What a machine lacks is told too, and is no
// error: another place may be enough.
package systemtrust

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Authority is what is trusted.
type Authority struct {
	Name string // differs from that of every other
	PEM  []byte // the certificate
}

// slug is the name as that of a file.
func (a Authority) slug() string {
	return strings.ToLower(strings.ReplaceAll(a.Name, " ", "-"))
}

// Machine is a computer and the user who asks. [ThisMachine] returns the real one.
type Machine struct {
	OS       string // as runtime.GOOS has it
	Root     string // before every path of the system; empty in life
	Home     string
	IsRoot   bool
	SudoUser string // who became root by sudo
	Path     []string
	Told     io.Writer
	Run      func(ctx context.Context, argv []string) error // of what is told
	Ask      func(ctx context.Context, argv []string) error // of what changes nothing
}

// ThisMachine returns the machine on which the program runs. Commands may ask the
// user for a password.
func ThisMachine(told io.Writer) (*Machine, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	m := &Machine{OS: runtime.GOOS, Home: home, IsRoot: os.Geteuid() == 0, Told: told, Run: run, Ask: ask}
	m.Path = append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") // not in the path of every user
	if m.IsRoot {
		m.SudoUser = os.Getenv("SUDO_USER")
	}
	return m, nil
}

// run runs a command at the user's terminal.
func run(ctx context.Context, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stderr, os.Stderr
	return cmd.Run()
}

// ask runs a command whose exit code is the answer.
func ask(ctx context.Context, argv []string) error {
	return exec.CommandContext(ctx, argv[0], argv[1:]...).Run()
}

// ErrNoPlace is returned if the machine has no store that is known.
var ErrNoPlace = errors.New("no store of certificate authorities was found on this machine")

// ErrNeedsRoot is returned if the system's store could not be changed for want of
// rights.
var ErrNeedsRoot = errors.New("changing the system's store needs root, and there is no sudo")

// step is one command.
type step struct {
	root bool
	argv []string
}

// place is one store of authorities.
type place struct {
	name          string
	trust, forget []step
	has           func(context.Context) bool // reports whether it has the authority
}

// Trust makes all stores of the machine trust the authority. What trusts it already
// still does.
func (m *Machine) Trust(ctx context.Context, a Authority) error {
	file, remove, err := a.inFile()
	if err != nil {
		return err
	}
	defer remove()
	places := m.places(a, file)
	for _, p := range places {
		fmt.Fprintf(m.Told, "gatehouse: add %q to %s\n", a.Name, p.name)
		err = errors.Join(err, m.do(ctx, p.trust))
	}
	return m.result(places, err)
}

// Forget takes the authority out of all stores that have it.
func (m *Machine) Forget(ctx context.Context, a Authority) error {
	file, remove, err := a.inFile()
	if err != nil {
		return err
	}
	defer remove()
	places := m.places(a, file)
	for _, p := range places {
		if !p.has(ctx) {
			fmt.Fprintf(m.Told, "gatehouse: %q is not in %s\n", a.Name, p.name)
			continue
		}
		fmt.Fprintf(m.Told, "gatehouse: remove %q from %s\n", a.Name, p.name)
		err = errors.Join(err, m.do(ctx, p.forget))
	}
	return m.result(places, err)
}

func (m *Machine) result(places []place, err error) error {
	if len(places) == 0 {
		return ErrNoPlace
	}
	return err
}

// inFile writes the certificate into a file for the commands, until remove.
func (a Authority) inFile() (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "gatehouse-ca-") // mode 0700: nobody replaces the file
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, a.slug()+".crt")
	return path, func() { os.RemoveAll(dir) }, os.WriteFile(path, a.PEM, 0o600)
}

// do runs the steps in order, up to the first that fails.
func (m *Machine) do(ctx context.Context, steps []step) error {
	for _, s := range steps {
		argv := s.argv
		if s.root && !m.IsRoot {
			sudo := m.find("sudo")
			if sudo == "" {
				return ErrNeedsRoot
			}
			argv = append([]string{sudo}, argv...)
		}
		fmt.Fprintf(m.Told, "  %s\n", shown(argv))
		if err := m.Run(ctx, argv); err != nil {
			return fmt.Errorf("%s: %w", argv[0], err)
		}
	}
	return nil
}

// shown returns a command as one types it.
func shown(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		if words[i] = word; strings.ContainsAny(word, " '\"\\$") {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// find returns the path of a command, or "".
func (m *Machine) find(command string) string {
	for _, dir := range m.Path {
		path := filepath.Join(dir, command)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}
