package secretfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"gatehouse/internal/base/seal"
)

// maxFile is how many bytes a file of credentials may have.
const maxFile = 1 << 20

var (
	errNotFile  = errors.New("this is not a file")
	errTooLarge = fmt.Errorf("the file has more than %d bytes", maxFile)
	errNotJSON  = errors.New("the file is not JSON")
	errNoField  = errors.New("the document has no text, number or boolean there")
	errUnfit    = errors.New("the value is empty, or has a line break or a zero byte")
)

// files are those that one look has read, by their paths: bindings to values of one file
// see the same content.
type files map[string]content

type content struct {
	data []byte
	err  error
}

// value returns the credential of a binding. An error never has a part of the file.
func (f files) value(b Binding) (seal.Secret, error) {
	c, known := f[b.Path]
	if !known {
		c.data, c.err = read(b.Path)
		f[b.Path] = c
	}
	if c.err != nil {
		return "", c.err
	}
	value := withoutBreak(string(c.data))
	if len(b.Field) > 0 {
		var err error
		if value, err = field(c.data, b.Field); err != nil {
			return "", err
		}
	}
	if value == "" || strings.ContainsAny(value, "\r\n\x00") {
		return "", errUnfit
	}
	return seal.Secret(value), nil
}

// read reads a file. What is none, such as a pipe, could keep the reader waiting.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotFile
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}

// withoutBreak leaves out one line break at the end of a text. Pomerium: exactly one.
func withoutBreak(text string) string {
	text, found := strings.CutSuffix(text, "\n")
	if found {
		text = strings.TrimSuffix(text, "\r")
	}
	return text
}

// field returns the value at a path in a document of JSON, a number as it is written.
func field(data []byte, path []string) (string, error) {
	if !json.Valid(data) {
		return "", errNotJSON
	}
	for _, name := range path {
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil || object[name] == nil {
			return "", errNoField
		}
		data = object[name]
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return "", errNoField
	}
	switch value := value.(type) {
	case string:
		return value, nil
	case json.Number:
		return value.String(), nil
	case bool:
		return strconv.FormatBool(value), nil
	}
	return "", errNoField
}
