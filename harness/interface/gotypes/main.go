// Command gotypes is the second opinion on Go interfaces: the types of packages as go/types sees them. It uses the standard
// library only, and is run by path.
//
//	gotypes witness DIR FILE...    type-checks each file by itself against the modules of DIR; a JSON line for each
//	gotypes facts DIR MODULE PACKAGE...    prints facts of packages in the form of a snapshot, without those of dependencies
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	if len(os.Args) < 4 {
		fail(errors.New("expected `witness DIR FILE...` or `facts DIR MODULE PACKAGE...`"))
	}
	dir := os.Args[2]
	var err error
	switch os.Args[1] {
	case "witness":
		err = witness(dir, os.Args[3:])
	case "facts":
		err = facts(dir, os.Args[3], os.Args[4:])
	default:
		err = fmt.Errorf("expected `witness` or `facts`, found `%s`", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
	Error      *struct{ Err string }
}

// world type-checks packages from source, each once.
type world struct {
	fset     *token.FileSet
	listed   map[string]*listed
	packages map[string]*types.Package
}

func load(dir string, paths []string) (*world, error) {
	w := &world{token.NewFileSet(), map[string]*listed{}, map[string]*types.Package{"unsafe": types.Unsafe}}
	command := exec.Command("go", append([]string{"list", "-e", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Error", "--"}, paths...)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	said, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(said))
	for {
		var it listed
		if err := decoder.Decode(&it); err == io.EOF {
			return w, nil
		} else if err != nil {
			return nil, err
		}
		w.listed[it.ImportPath] = &it
	}
}

// view is a world as a package sees it, which may have its own idea of what a path leads to.
type view struct {
	*world
	paths map[string]string
}

func (v view) Import(path string) (*types.Package, error) {
	if mapped, ok := v.paths[path]; ok {
		path = mapped
	}
	if known, ok := v.packages[path]; ok {
		if known == nil {
			return nil, fmt.Errorf("%s is not there, or imports itself", path)
		}
		return known, nil
	}
	it := v.listed[path]
	if it == nil || len(it.GoFiles) == 0 {
		return nil, fmt.Errorf("%s is not there", path)
	}
	v.packages[path] = nil
	var files []*ast.File
	for _, name := range it.GoFiles {
		file, err := parser.ParseFile(v.fset, filepath.Join(it.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	config := types.Config{Importer: view{v.world, it.ImportMap}, IgnoreFuncBodies: true, Error: func(error) {}}
	checked, _ := config.Check(path, v.fset, files, nil)
	v.packages[path] = checked
	return checked, nil
}

// outcome is what is said about a file.
type outcome struct {
	File   string    `json:"file"`
	Errors []problem `json:"errors"`
}

type problem struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
}

func witness(dir string, names []string) error {
	fset := token.NewFileSet()
	imports := map[string]bool{}
	for _, name := range names {
		file, err := parser.ParseFile(fset, name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, it := range file.Imports {
			imports[strings.Trim(it.Path.Value, `"`)] = true
		}
	}
	w, err := load(dir, sorted(imports))
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, name := range names {
		said := outcome{name, []problem{}}
		note := func(err error) {
			var at types.Error
			if errors.As(err, &at) {
				said.Errors = append(said.Errors, problem{at.Fset.Position(at.Pos).Line, at.Msg})
			} else {
				said.Errors = append(said.Errors, problem{0, err.Error()})
			}
		}
		file, err := parser.ParseFile(w.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			note(err)
		} else {
			config := types.Config{Importer: view{w, nil}, Error: note}
			config.Check("witness", w.fset, []*ast.File{file}, nil)
		}
		if err := encoder.Encode(said); err != nil {
			return err
		}
	}
	return nil
}

func sorted(set map[string]bool) []string {
	var list []string
	for it := range set {
		list = append(list, it)
	}
	sort.Strings(list)
	return list
}

// writer prints facts.
type writer struct {
	module string
	lines  map[string]bool
}

func facts(dir, module string, paths []string) error {
	w, err := load(dir, paths)
	if err != nil {
		return err
	}
	out := writer{module, map[string]bool{}}
	for _, path := range paths {
		checked, err := view{w, nil}.Import(path)
		if err != nil {
			return err
		}
		out.pack(checked)
	}
	for _, line := range sorted(out.lines) {
		fmt.Println(line)
	}
	return nil
}

// fact prints a line; attributes are pairs, sorted by name, and left out when empty.
func (w *writer) fact(kind, key string, attributes ...string) {
	line := kind + " " + key
	for at := 0; at+1 < len(attributes); at += 2 {
		if attributes[at+1] != "" {
			line += "  " + attributes[at] + "=" + attributes[at+1]
		}
	}
	w.lines[line] = true
}

func (w *writer) name(of types.Object) string {
	if of.Pkg() == nil {
		return of.Name()
	}
	path := of.Pkg().Path()
	switch {
	case path == w.module:
		return "." + of.Name()
	case strings.HasPrefix(path, w.module+"/"):
		return "." + strings.TrimPrefix(path, w.module) + "." + of.Name()
	default:
		return path + "." + of.Name()
	}
}

func (w *writer) pack(of *types.Package) {
	key := "."
	if of.Path() != w.module {
		key = "." + strings.TrimPrefix(of.Path(), w.module)
	}
	w.fact("package", key, "clause", of.Name())
	for _, name := range of.Scope().Names() {
		object := of.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		switch it := object.(type) {
		case *types.Func:
			signature := it.Type().(*types.Signature)
			w.fact("func", w.name(it), "params", w.params(signature), "results", w.results(signature), "typeparams", w.constraints(signature.TypeParams()))
		case *types.Var:
			w.fact("var", w.name(it), "type", w.typ(it.Type()))
		case *types.Const:
			w.fact("const", w.name(it), "type", w.constType(it.Type()), "value", value(it.Val()))
		case *types.TypeName:
			w.declared(it)
		}
	}
}

func (w *writer) constType(of types.Type) string {
	if basic, ok := of.(*types.Basic); ok && basic.Info()&types.IsUntyped != 0 {
		return "untyped " + types.Default(of).(*types.Basic).Name()
	}
	return w.typ(of)
}

func value(of constant.Value) string {
	if of.Kind() == constant.Float {
		number, _ := constant.Float64Val(of)
		return fmt.Sprint(number)
	}
	return of.ExactString()
}

func (w *writer) declared(of *types.TypeName) {
	key := w.name(of)
	if of.IsAlias() {
		var parameters *types.TypeParamList
		if alias, ok := of.Type().(*types.Alias); ok {
			parameters = alias.TypeParams()
		}
		w.fact("type", key, "form", "alias", "target", w.typ(of.Type()), "typeparams", w.constraints(parameters))
		return
	}
	named := of.Type().(*types.Named)
	parameters := w.constraints(named.TypeParams())
	if it, ok := named.Underlying().(*types.Interface); ok {
		w.iface(key, it, parameters)
		return
	}
	form, underlying, contents := "", w.typ(named.Underlying()), ""
	switch it := named.Underlying().(type) {
	case *types.Struct:
		form, underlying, contents = "struct", "", "open"
		hidden, shown := false, false
		for at := 0; at < it.NumFields(); at++ {
			hidden = hidden || !it.Field(at).Exported()
			shown = shown || it.Field(at).Exported()
		}
		if hidden && shown {
			contents = "mixed"
		} else if hidden {
			contents = "opaque"
		}
	case *types.Basic:
		form = "basic"
	case *types.Signature:
		form = "func"
	case *types.Map:
		form = "map"
	case *types.Slice:
		form = "slice"
	case *types.Array:
		form = "array"
	case *types.Chan:
		form = "chan"
	case *types.Pointer:
		form = "pointer"
	}
	comparable := "no"
	if types.Comparable(named) {
		comparable = "yes"
	}
	w.fact("type", key, "comparable", comparable, "contents", contents, "form", form, "typeparams", parameters, "underlying", underlying)
	w.members(key, named)
}

func (w *writer) iface(key string, it *types.Interface, parameters string) {
	sealed, form, underlying := "", "interface", ""
	for at := 0; at < it.NumMethods(); at++ {
		if !it.Method(at).Exported() {
			sealed = "yes"
		}
	}
	if !it.IsMethodSet() {
		form, underlying = "constraint", "*"
	}
	w.fact("type", key, "form", form, "sealed", sealed, "typeparams", parameters, "underlying", underlying)
	for at := 0; at < it.NumMethods(); at++ {
		method := it.Method(at)
		if method.Exported() {
			signature := method.Type().(*types.Signature)
			w.fact("imethod", key+"."+method.Name(), "params", w.params(signature), "results", w.results(signature), "sealed", sealed)
		}
	}
}

func (w *writer) members(key string, named *types.Named) {
	values, pointers := types.NewMethodSet(named), types.NewMethodSet(types.NewPointer(named))
	for at := 0; at < pointers.Len(); at++ {
		method := pointers.At(at)
		if !method.Obj().Exported() {
			continue
		}
		receiver := "pointer"
		if values.Lookup(method.Obj().Pkg(), method.Obj().Name()) != nil {
			receiver = "value"
		}
		signature := method.Type().(*types.Signature)
		w.fact("method", key+"."+method.Obj().Name(), "params", w.params(signature), "receiver", receiver, "results", w.results(signature))
	}
	for _, name := range fieldNames(named, map[types.Type]bool{}) {
		object, index, _ := types.LookupFieldOrMethod(named, true, nil, name)
		field, ok := object.(*types.Var)
		if !ok || !field.Exported() {
			continue
		}
		embedded := ""
		if field.Embedded() {
			embedded = "yes"
		}
		_ = index
		w.fact("field", key+"."+name, "embedded", embedded, "type", w.typ(field.Type()))
	}
}

// fieldNames is every name that could be a field's, at any depth.
func fieldNames(of types.Type, seen map[types.Type]bool) []string {
	if pointer, ok := of.Underlying().(*types.Pointer); ok {
		of = pointer.Elem()
	}
	it, ok := of.Underlying().(*types.Struct)
	if !ok || seen[of] {
		return nil
	}
	seen[of] = true
	var names []string
	for at := 0; at < it.NumFields(); at++ {
		field := it.Field(at)
		names = append(names, field.Name())
		if field.Embedded() {
			names = append(names, fieldNames(field.Type(), seen)...)
		}
	}
	return names
}

func (w *writer) constraints(of *types.TypeParamList) string {
	if of.Len() == 0 {
		return ""
	}
	var list []string
	for at := 0; at < of.Len(); at++ {
		list = append(list, w.typ(of.At(at).Constraint()))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func (w *writer) params(of *types.Signature) string {
	var list []string
	for at := 0; at < of.Params().Len(); at++ {
		it := of.Params().At(at).Type()
		if of.Variadic() && at == of.Params().Len()-1 {
			if slice, ok := it.(*types.Slice); ok {
				list = append(list, "..."+w.typ(slice.Elem()))
				continue
			}
		}
		list = append(list, w.typ(it))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func (w *writer) results(of *types.Signature) string {
	var list []string
	for at := 0; at < of.Results().Len(); at++ {
		list = append(list, w.typ(of.Results().At(at).Type()))
	}
	if len(list) > 1 {
		return "(" + strings.Join(list, ", ") + ")"
	}
	return strings.Join(list, "")
}

func (w *writer) typ(of types.Type) string {
	switch it := types.Unalias(of).(type) {
	case *types.Basic:
		switch it.Kind() {
		case types.Uint8:
			return "uint8"
		case types.Int32:
			return "int32"
		case types.UnsafePointer:
			return "unsafe.Pointer"
		}
		return it.Name()
	case *types.Named:
		name := w.name(it.Obj())
		var list []string
		for at := 0; at < it.TypeArgs().Len(); at++ {
			list = append(list, w.typ(it.TypeArgs().At(at)))
		}
		if len(list) > 0 {
			name += "[" + strings.Join(list, ", ") + "]"
		}
		return name
	case *types.TypeParam:
		return fmt.Sprintf("$%d", it.Index())
	case *types.Pointer:
		return "*" + w.typ(it.Elem())
	case *types.Slice:
		if basic, ok := types.Unalias(it.Elem()).(*types.Basic); ok && basic.Kind() == types.Uint8 {
			return "[]byte"
		}
		return "[]" + w.typ(it.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", it.Len(), w.typ(it.Elem()))
	case *types.Map:
		return "map[" + w.typ(it.Key()) + "]" + w.typ(it.Elem())
	case *types.Chan:
		of := w.typ(it.Elem())
		switch it.Dir() {
		case types.SendOnly:
			return "chan<- " + of
		case types.RecvOnly:
			return "<-chan " + of
		}
		if inner, ok := types.Unalias(it.Elem()).(*types.Chan); ok && inner.Dir() == types.RecvOnly {
			return "chan (" + of + ")"
		}
		return "chan " + of
	case *types.Signature:
		results := w.results(it)
		if results != "" {
			results = " " + results
		}
		return "func" + w.params(it) + results
	case *types.Struct:
		var list []string
		for at := 0; at < it.NumFields(); at++ {
			field := it.Field(at)
			text := w.typ(field.Type())
			if !field.Embedded() {
				text = field.Name() + " " + text
			}
			if it.Tag(at) != "" {
				text += fmt.Sprintf(" %q", it.Tag(at))
			}
			list = append(list, text)
		}
		return "struct{" + strings.Join(list, "; ") + "}"
	case *types.Interface:
		if it.Empty() {
			return "any"
		}
		var list []string
		for at := 0; at < it.NumMethods(); at++ {
			method := it.Method(at)
			name := method.Name()
			if !method.Exported() {
				name = w.name(method)
			}
			list = append(list, name+strings.TrimPrefix(w.typ(method.Type()), "func"))
		}
		if !it.IsMethodSet() {
			return "*"
		}
		return "interface{" + strings.Join(list, "; ") + "}"
	case *types.Union:
		var list []string
		for at := 0; at < it.Len(); at++ {
			text := w.typ(it.Term(at).Type())
			if it.Term(at).Tilde() {
				text = "~" + text
			}
			list = append(list, text)
		}
		return strings.Join(list, " | ")
	}
	return "?" + of.String()
}
