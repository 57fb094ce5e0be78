package main

import (
	"fmt"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"gatehouse/internal/remote"
)

func newK8s() *cobra.Command {
	cmd := &cobra.Command{
		Use: "k8s", Short: "Let kubectl pass a gateway", Args: noArgs,
		Long:    `K8s has the credential plug-in with which kubectl passes a gateway.`,
		Example: `  gatehouse k8s exec-credential https://k8s.corp.example.com`,
		RunE:    helpOnly,
	}
	cmd.AddCommand(newExecCredential())
	return cmd
}

func newExecCredential() *cobra.Command {
	flags := &gatewayFlags{}
	cmd := &cobra.Command{
		Use: "exec-credential [URL]", Short: "Print a credential for kubectl",
		Long: `Exec-credential is a credential plug-in of kubectl. It signs you in with the
browser, prints the credential for the gateway, and keeps it for the next time.

URL is that of the cluster's route. Without it, kubectl tells the plug-in, if the
kubeconfig has provideClusterInfo: true.

With --service-account-file or the variable GATEHOUSE_SERVICE_ACCOUNT it prints the
token of a service account instead, for programs that cannot open a browser.`,
		Example: `  kubectl config set-credentials gateway --exec-api-version=client.authentication.k8s.io/v1 \
    --exec-interactive-mode=Never --exec-command=gatehouse --exec-arg=k8s \
    --exec-arg=exec-credential --exec-arg=https://k8s.corp.example.com`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrongUsage("%s takes one URL, got %d arguments; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			info, err := remote.ParseExecInfo(os.Getenv("KUBERNETES_EXEC_INFO"))
			if err != nil {
				return err
			}
			u, err := clusterURL(cmd, info, args)
			if err != nil {
				return err
			}
			gateway, err := flags.gateway(u, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			credential, err := gateway.Credential(cmd.Context())
			if err != nil {
				return err
			}
			answer, err := info.Answer(credential)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), string(answer))
			return nil
		},
	}
	flags.add(cmd.Flags())
	return cmd
}

// clusterURL returns the URL of the route: the argument, else what kubectl says.
func clusterURL(cmd *cobra.Command, info remote.ExecInfo, args []string) (*url.URL, error) {
	text := info.Spec.Cluster.Server
	if len(args) > 0 {
		text = args[0]
	}
	if text == "" {
		return nil, wrongUsage("the URL of the cluster's route is missing; see %s --help", cmd.CommandPath())
	}
	u, err := remote.ParseGateway(text)
	if err != nil {
		return nil, wrongUsage("%w; see %s --help", err, cmd.CommandPath())
	}
	return u, nil
}
