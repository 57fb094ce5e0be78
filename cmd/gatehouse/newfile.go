package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeNew writes a new file with mode 0600, which has its name only when it is
// whole and on disk. It replaces nothing. "-" is out.
func writeNew(out io.Writer, file string, write func(io.Writer) error) error {
	if file == "-" {
		return write(out)
	}
	if _, err := os.Lstat(file); err == nil {
		return taken(file)
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".export-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := write(temp); err != nil {
		return err
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return err
	}
	err = os.Link(temp.Name(), file)
	if errors.Is(err, fs.ErrExist) {
		return taken(file)
	}
	if err != nil { // a file system without links
		return os.Rename(temp.Name(), file)
	}
	return nil
}

func taken(file string) error {
	return fmt.Errorf("%s exists, and an export replaces nothing: name another file", file)
}
