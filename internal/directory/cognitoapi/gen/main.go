// Command gen writes the generated part of package cognitoapi from model.json:
// the types of the 140 operations, their decoding, constraint checks and
// encoding, the interface of all operations and the table that dispatches to
// it. Run it with "go generate" in internal/directory/cognitoapi.
//
// It moves in three steps: [loadModel] reads the input and marks what is
// reached from an input or an output; one emit function a file writes Go text;
// gofmt makes it presentable. The same model gives the same bytes.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads dir/model.json and writes the generated files beside it.
func run(dir string) error {
	m, err := loadModel(filepath.Join(dir, "model.json"))
	if err != nil {
		return err
	}
	files, err := generate(m)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the text of every generated file by its name.
func generate(m *model) (map[string][]byte, error) {
	emitters := map[string]func(*emitter){
		"inputs_gen.go":      emitInputs,
		"outputs_gen.go":     emitOutputs,
		"shapes_gen.go":      emitShapes,
		"decode_gen.go":      emitDecoders,
		"encode_gen.go":      emitEncoders,
		"encode_gen_test.go": emitTestEncoders,
		"validate_gen.go":    emitValidators,
		"constraints_gen.go": emitConstraints,
		"operations_gen.go":  emitInterface,
		"unsupported_gen.go": emitUnsupported,
		"table_gen.go":       emitTable,
		"exceptions_gen.go":  emitExceptions,
	}
	files := map[string][]byte{}
	for name, emit := range emitters {
		e := &emitter{model: m}
		emit(e)
		text, err := e.format()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = text
	}
	return files, nil
}
