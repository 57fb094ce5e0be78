package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// structs holds the struct types of the package, by name.
type structs map[string]*structType

type structType struct {
	doc    string
	fields []fieldDoc
}

// fieldDoc is one field: a key, or an embedded struct. The keys of an embedded
// struct count as keys of the outer struct.
type fieldDoc struct {
	key      string
	typ      string // as in the source, without a leading *
	doc      string
	fallback string
	enum     string
	embedded bool
}

// readSource parses the package in dir, without its tests.
func readSource(dir string) (structs, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	all := structs{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		if err := all.add(f); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (all structs) add(f *ast.File) error {
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			s, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			fields, err := fieldsOf(t.Name.Name, s)
			if err != nil {
				return err
			}
			all[t.Name.Name] = &structType{doc: docText(decl.Doc), fields: fields}
		}
	}
	return nil
}

func fieldsOf(name string, s *ast.StructType) ([]fieldDoc, error) {
	var fields []fieldDoc
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			fields = append(fields, fieldDoc{typ: typeText(f.Type), embedded: true})
			continue
		}
		if f.Tag == nil {
			continue
		}
		text, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, err
		}
		tag := reflect.StructTag(text)
		doc := fieldDoc{
			key: tag.Get("key"), typ: typeText(f.Type), doc: docText(f.Doc),
			fallback: tag.Get("default"), enum: tag.Get("enum"),
		}
		if doc.key != "" && doc.doc == "" {
			return nil, fmt.Errorf("%s: the field of the key %s has no comment", name, doc.key)
		}
		if doc.key != "" {
			fields = append(fields, doc)
		}
	}
	return fields, nil
}

// docText returns a comment in one line.
func docText(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(c.Text(), "\n\n", " ")), " ")
}

// typeText returns a type as in the source, without a leading *.
func typeText(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return typeText(t.X)
	case *ast.ArrayType:
		return "[]" + typeText(t.Elt)
	case *ast.MapType:
		return "map[" + typeText(t.Key) + "]" + typeText(t.Value)
	case *ast.SelectorExpr:
		return typeText(t.X) + "." + t.Sel.Name
	default:
		return "any"
	}
}
