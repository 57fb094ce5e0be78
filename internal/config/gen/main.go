// Command gen writes docs/configuration.md from the source of the package
// config. Keys and defaults come from the tags of its structs, their
// documentation from the comments, and the keys of Pomerium that Gatehouse does
// not have from the table in foreign.go. The same source always gives the same
// page.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	src := flag.String("src", ".", "directory of the package config")
	out := flag.String("out", "../../docs/configuration.md", "the page to write")
	flag.Parse()
	page, err := generate(*src)
	if err == nil {
		err = os.WriteFile(*out, page, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
