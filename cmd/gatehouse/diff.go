package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// visitors is the name of those who are not signed in.
const visitors = "visitors who are not signed in"

func newDiff() *cobra.Command {
	var claims string
	var from sourceAddress
	cmd := &cobra.Command{
		Use: "diff OLD NEW", SuggestFor: []string{"compare", "plan"}, Short: "Say who gains or loses access between two configurations",
		Long: `Diff compares who may open the addresses that the routes of two configuration files
name, and prints Markdown for a pull request. It asks for the people whose claims are
in a folder, one JSON object in a file each, as an ID token has them, and for visitors
who are not signed in. Below, it says in words which rules changed: they may concern
people who are not in the folder.

Requests come from the address of --source-ip, or from no known network, without a
client certificate, and now. Nobody has proven a device: where a rule asks for one,
the words tell what changes.

Exit codes: 0 nobody gains or loses access, 3 somebody does, 1 diff failed, 2 wrong
usage.`,
		Example: `  gatehouse diff old.yaml new.yaml --claims people/
  git show main:config.yaml > old.yaml && gatehouse diff old.yaml config.yaml --claims people/`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return wrongUsage("gatehouse diff needs two configuration files, for example gatehouse diff old.yaml new.yaml --claims people/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if claims == "" {
				return wrongUsage("gatehouse diff needs --claims, a folder with the claims of people, for example --claims people/")
			}
			return diff(cmd.OutOrStdout(), args[0], args[1], claims, from.Addr)
		},
	}
	cmd.Flags().StringVar(&claims, "claims", "", "folder with the claims of people: NAME.json each")
	cmd.Flags().Var(&from, "source-ip", "address that requests come from")
	return cmd
}

func diff(out io.Writer, oldPath, newPath, claims string, from netip.Addr) error {
	people, err := readPeople(claims)
	if err != nil {
		return err
	}
	before, err := rulesAt(oldPath)
	if err != nil {
		return err
	}
	after, err := rulesAt(newPath)
	if err != nil {
		return err
	}
	d, err := server.Diff(before, after, people, from)
	if err != nil {
		return err
	}
	printDifference(out, d, people)
	if len(d.Access) > 0 {
		return errDenied
	}
	return nil
}

func rulesAt(path string) (*config.Config, error) {
	source := configSource{path: path}
	return source.loadRules()
}

// readPeople reads the claims of the people in a folder. Those who are not signed in
// come first.
func readPeople(dir string) ([]server.Person, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		if _, err := os.ReadDir(dir); err != nil {
			return nil, fmt.Errorf("--claims names no folder that can be read: %w", err)
		}
		return nil, fmt.Errorf("no file in %s ends in .json; write the claims of each person in one, such as alice.json", dir)
	}
	people := []server.Person{{Name: visitors}}
	for _, file := range files {
		claims, err := readClaims(nil, file)
		if err != nil {
			return nil, err
		}
		people = append(people, server.Person{Name: strings.TrimSuffix(filepath.Base(file), ".json"), Claims: claims})
	}
	return people, nil
}

func printDifference(out io.Writer, d *server.Difference, people []server.Person) {
	fmt.Fprintf(out, "### Who gains or loses access\n\n")
	if len(d.Access) == 0 {
		fmt.Fprintf(out, "Nobody, of %s and visitors, at %s.\n", counted(len(people)-1, "person", "people"), counted(d.Addresses, "address", "addresses"))
	} else {
		fmt.Fprintf(out, "| Address | Gains | Loses |\n|---|---|---|\n")
		for _, c := range d.Access {
			fmt.Fprintf(out, "| %s | %s | %s |\n", code(c.Address), names(c.Gain), names(c.Lose))
		}
	}
	if len(d.Rules) == 0 {
		return
	}
	fmt.Fprintf(out, "\n### Rules that changed\n\n| Route | Before | After |\n|---|---|---|\n")
	for _, r := range d.Rules {
		fmt.Fprintf(out, "| %s | %s | %s |\n", code(r.Route), rule(r.Before), rule(r.After))
	}
}

// names joins the names of people, with those who are not signed in in bold: such an
// address is public.
func names(list []string) string {
	shown := make([]string, len(list))
	for i, name := range list {
		shown[i] = cell(name)
		if name == visitors {
			shown[i] = "**" + name + "**"
		}
	}
	return strings.Join(shown, ", ")
}

func rule(text string) string {
	if text == "" {
		return "no route"
	}
	return cell(text)
}

// cell escapes a text for a cell of a table, so that no value of a file can look like
// a part of the page.
func cell(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", "&", "&amp;", "[", `\[`, "\n", " ", "\r", " ").Replace(text)
}

// code shows an address in a cell as it is.
func code(text string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'", "\n", " ").Replace(text) + "`"
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
