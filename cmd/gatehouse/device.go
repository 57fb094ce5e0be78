package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/server"
)

func newDevice() *cobra.Command {
	cmd := &cobra.Command{
		Use: "device", SuggestFor: []string{"devices", "webauthn"}, Short: "List, approve and revoke the devices that people have enrolled", Args: noArgs,
		Long: `A policy may ask for a device that the person has enrolled (the criterion device).
People enrol devices in their browsers. The commands work on the database while the
gateway runs.`,
		Example: `  gatehouse device list --config config.yaml
  gatehouse device approve --config config.yaml k3vq7t5zc2mh4d6xwnbpyra9
  gatehouse device link --config config.yaml --person alice@example.com`,
		RunE: helpOnly,
	}
	source := &keySource{}
	source.flags(cmd.PersistentFlags())
	cmd.AddCommand(newDeviceList(source), newDeviceApprove(source), newDeviceRevoke(source), newDeviceLink(source))
	return cmd
}

// devices opens the devices that the configuration names, for one command.
func (s *keySource) devices(cmd *cobra.Command, do func(*config.Config, *device.Engine) error) error {
	c, err := s.load()
	if err != nil {
		return err
	}
	devices, done, err := server.OpenDevices(cmd.Context(), c, s.told(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer done()
	if devices == nil {
		return errors.New("the configuration lets nobody sign in, so nobody enrols a device: set authenticate_service_url")
	}
	return do(c, devices)
}

func newDeviceList(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the devices", Args: noArgs,
		Long: `List shows all devices, oldest first. E-MAIL is the person's address when the device
was enrolled; SUBJECT and ISSUER are what the identity provider calls the person and
itself. Standard error says from which database the devices are.`,
		Example: "  gatehouse device list --config config.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return source.devices(cmd, func(c *config.Config, devices *device.Engine) error {
				all, err := devices.All(cmd.Context())
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
				fmt.Fprintln(w, "ID\tTYPE\tENROLLED\tLAST PROVEN\tAPPROVED\tDEVICE\tE-MAIL\tSUBJECT\tISSUER")
				for _, d := range all {
					approved := "-"
					if !d.Approved.IsZero() {
						approved = minute(d.Approved)
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Type, minute(d.Created), minute(d.Seen), approved, printable(d.Name()), printable(d.Email), printable(d.Subject), printable(d.Issuer))
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: these are the devices of the %s\n", server.DatabaseOf(c))
				return w.Flush()
			})
		},
	}
}

func newDeviceApprove(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "approve ID", Short: "Approve a device", Args: oneDevice,
		Long: `Approve lets a device pass where a policy asks for {device: {approved: true}}. The
person need not sign in again. Revoke ends it.`,
		Example: "  gatehouse device approve --config config.yaml k3vq7t5zc2mh4d6xwnbpyra9",
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.devices(cmd, func(_ *config.Config, devices *device.Engine) error {
				if err := devices.Approve(cmd.Context(), args[0]); err != nil {
					return hereOrNot(err, args[0])
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: approved the device %s\n", args[0])
				return nil
			})
		},
	}
}

func newDeviceRevoke(source *keySource) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Remove a device, and end the sessions in which it was proven", Args: oneDevice,
		Long: `Revoke removes a device. The sessions in which it was proven end: every node of the
gateway notices within a second, and closes the connections that they opened. The
person can sign in again, and enrol the device again, without an approval.`,
		Example: "  gatehouse device revoke --config config.yaml k3vq7t5zc2mh4d6xwnbpyra9",
		RunE: func(cmd *cobra.Command, args []string) error {
			return source.devices(cmd, func(_ *config.Config, devices *device.Engine) error {
				n, err := devices.Remove(cmd.Context(), args[0])
				if err != nil {
					return hereOrNot(err, args[0])
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "gatehouse: removed the device %s, and ended %s\n", args[0], count(n, "session"))
				return nil
			})
		},
	}
}

func newDeviceLink(source *keySource) *cobra.Command {
	var person, issuer, kind string
	cmd := &cobra.Command{
		Use: "link", Short: "Make a link by which a person enrols a device that is approved at once", Args: noArgs,
		Long: `Link prints an address for one person. Whoever is signed in as that person enrols one
device there, which is approved at once. It works once, and for a week. A person is
named by an e-mail address, which the identity provider must call verified, or by the
subject and the issuer, as gatehouse device list shows them.`,
		Example: "  gatehouse device link --config config.yaml --person alice@example.com",
		RunE: func(cmd *cobra.Command, _ []string) error {
			who, err := personOf(person, issuer)
			if err != nil {
				return err
			}
			if !slices.Contains(policy.DeviceTypes, kind) {
				return wrongUsage("--type %q is not one of %s", kind, strings.Join(policy.DeviceTypes, ", "))
			}
			if kind == policy.DeviceEnclave {
				return device.ErrEnclave
			}
			return source.devices(cmd, func(c *config.Config, devices *device.Engine) error {
				token, err := devices.Link(who, kind)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), server.DeviceLink(c, kind, token))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&person, "person", "", "for whom the link is: an e-mail address, or a subject of --issuer")
	cmd.Flags().StringVar(&issuer, "issuer", "", "the issuer whose subject --person is")
	cmd.Flags().StringVar(&kind, "type", policy.DeviceAny, "the type of the device")
	return cmd
}

// personOf reads whom a link is for.
func personOf(person, issuer string) (device.Person, error) {
	switch {
	case person == "":
		return device.Person{}, wrongUsage("gatehouse device link needs --person, an e-mail address, or a subject with --issuer")
	case issuer != "":
		return device.Person{Issuer: issuer, Subject: person}, nil
	case !strings.Contains(person, "@"):
		return device.Person{}, wrongUsage("--person %q is no e-mail address; a subject needs --issuer too, as gatehouse device list shows both", person)
	}
	return device.Person{Email: person}, nil
}

func oneDevice(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return wrongUsage("%s takes the id of one device; see gatehouse device list", cmd.CommandPath())
	}
	return nil
}

// hereOrNot says where ids of devices are listed.
func hereOrNot(err error, id string) error {
	if errors.Is(err, device.ErrNotFound) {
		return fmt.Errorf("no device has the id %s; see gatehouse device list", id)
	}
	return err
}
