// Command gen writes the generated part of package cognitoapi/wire from
// model.json: the types of the 140 operations, their decoding, constraint
// checks and encoding, and the table of operations. "go generate" in
// internal/directory/cognitoapi/wire runs it.
//
// It works in three steps. [loadModel] reads the model and marks which shapes
// inputs and outputs use. One emit function for each file writes Go text. Then
// package go/format formats it. The same model always gives the same bytes.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed model.json
var modelText []byte

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the generated files into dir.
func run(dir string) error {
	m, err := loadModel(modelText)
	if err != nil {
		return fmt.Errorf("model.json: %w", err)
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
		"operations_gen.go":  emitOperations,
		"table_gen.go":       emitTable,
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
