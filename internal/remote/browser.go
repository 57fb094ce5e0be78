package remote

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
)

// Browser returns a function that prints a link for the user and opens it: with a
// command, to which the link is added, or with what the system has. Without a browser
// on this machine the user opens the link in another way.
func Browser(command string, told io.Writer) func(context.Context, string) error {
	return func(_ context.Context, link string) error {
		fmt.Fprintf(told, "gatehouse: sign in with your browser:\n\n  %s\n\n", link)
		name, args := opener(command)
		cmd := exec.Command(name, append(args, link)...) // without ctx: the browser outlives the sign-in
		if err := cmd.Start(); err != nil {
			if command != "" {
				return fmt.Errorf("start the browser with %s: %w", name, err)
			}
			return nil
		}
		go func() { _ = cmd.Wait() }() // so that no zombie stays; it ends when the browser does
		return nil
	}
}

// opener returns the command that opens links.
func opener(command string) (string, []string) {
	if words := strings.Fields(command); len(words) > 0 {
		return words[0], words[1:]
	}
	switch runtime.GOOS {
	case "darwin":
		return "open", nil
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	return "xdg-open", nil
}
