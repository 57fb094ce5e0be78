package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/systemtrust"
)

// caSource is where an installation keeps its local authority.
type caSource struct {
	configSource
	data string
}

func newCA() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ca", SuggestFor: []string{"cert", "certs", "certificate"}, Short: "Trust the local certificate authority, for trying things out", Args: noArgs,
		Long: `Without a certificate of its own, an installation serves one of a local certificate
authority: "gatehouse dev --tls", and "gatehouse serve" with a file that names no
certificate. The authority is made at the first start, and kept with its key under
the data directory. It may sign for localhost, for the hosts of that configuration,
and for what is below them, and for nothing else.`,
		Example: `  gatehouse ca trust
  gatehouse ca trust --uninstall
  gatehouse ca export --config config.yaml --out ca.pem`,
		RunE: helpOnly,
	}
	source := &caSource{}
	source.flags(cmd.PersistentFlags())
	cmd.PersistentFlags().StringVar(&source.data, "data", "gatehouse-data", "the data directory, if no configuration names it")
	cmd.AddCommand(newCAExport(source), newCATrust(source))
	return cmd
}

// authority returns the authority of the installation, and where it is kept.
func (s *caSource) authority() (*certs.Authority, string, error) {
	dir := s.data
	if s.path != "" {
		c, err := s.load()
		if err != nil {
			return nil, "", err
		}
		dir = c.DataDir
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", err
	}
	ca, err := certs.KeptAuthority(dir)
	if errors.Is(err, certs.ErrNoAuthority) {
		return nil, "", fmt.Errorf("%w: gatehouse dev --tls makes one at its first start, and gatehouse serve without certificates", err)
	}
	return ca, dir, err
}

func newCAExport(source *caSource) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export", Short: "Write the certificate of the local authority", Args: noArgs,
		Long: `Export writes the certificate of the local authority in PEM, for programs that take
a file: SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, AWS_CA_BUNDLE,
curl --cacert. It does not write the key.`,
		Example: `  gatehouse ca export --out ca.pem
  curl --cacert ca.pem https://localhost:9229/`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ca, _, err := source.authority()
			if err != nil {
				return err
			}
			if out == "" {
				_, err = cmd.OutOrStdout().Write(ca.PEM())
				return err
			}
			return os.WriteFile(out, ca.PEM(), 0o644)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write, instead of standard output")
	return cmd
}

func newCATrust(source *caSource) *cobra.Command {
	var uninstall bool
	cmd := &cobra.Command{
		Use: "trust", Short: "Make this machine trust the local authority", Args: noArgs,
		Long: `Trust adds the local authority to the authorities of this machine, and of the
browsers of this user that keep their own (for which certutil must be there). It
tells each command before it runs it. What needs root is run by sudo, which may ask
for your password. --uninstall takes the authority out again.`,
		Example: `  gatehouse ca trust
  gatehouse ca trust --uninstall`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ca, dir, err := source.authority()
			if err != nil {
				return err
			}
			m, err := systemtrust.ThisMachine(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			a := systemtrust.Authority{Name: ca.Name(), PEM: ca.PEM()}
			if uninstall {
				return adviseCA(m.Forget(cmd.Context(), a), "trust --uninstall", dir)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: %q may sign for %s, and for what is below\n", ca.Name(), strings.Join(ca.Hosts(), ", "))
			if err := m.Trust(cmd.Context(), a); err != nil {
				return adviseCA(err, "trust", dir)
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "gatehouse: done; start browsers that are open again")
			return nil
		},
	}
	cmd.Flags().BoolVar(&uninstall, "uninstall", false, "take the authority out again")
	return cmd
}

// adviseCA adds to an error what can be done all the same.
func adviseCA(err error, do, dir string) error {
	switch {
	case errors.Is(err, systemtrust.ErrNeedsRoot):
		return fmt.Errorf("%w: ask an administrator to run gatehouse ca %s --data %s, or give the certificate (gatehouse ca export) to the programs that need it", err, do, dir)
	case errors.Is(err, systemtrust.ErrNoPlace):
		return fmt.Errorf("%w: import the certificate (gatehouse ca export) by hand", err)
	}
	return err
}
