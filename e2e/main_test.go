package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// suite holds the program and the certificates, which all scenarios share.
var suite struct {
	dir       string
	gatehouse string // the built program
	authority *authority
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "prepare the end-to-end tests:", err)
		return 1
	}
	defer os.RemoveAll(suite.dir)
	defer closeChromium()
	return m.Run()
}

func prepare() (err error) {
	if suite.dir, err = os.MkdirTemp("", "gatehouse-e2e-"); err != nil {
		return err
	}
	if suite.authority, err = newAuthority(suite.dir); err == nil {
		err = build()
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(suite.dir))
	}
	return nil
}

// build builds the program as for a release: one static file.
func build() error {
	suite.gatehouse = filepath.Join(suite.dir, "gatehouse")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", suite.gatehouse, "gatehouse/cmd/gatehouse")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build gatehouse: %w\n%s", err, out)
	}
	return nil
}
