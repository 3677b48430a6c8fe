/**
 * The input of a workflow as fields, drawn from its JSON Schema; loaded when a form is first shown.
 *
 * R1. What is filled in is plain JSON, the same that the JSON tab shows: both edit one text.
 * R2. What does not fit stands at its field. Checking is schema-check.ts, never code made from the schema.
 */
import Form, { type FormProps } from "@rjsf/core";
import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  ErrorSchema,
  FieldTemplateProps,
  IconButtonProps,
  MultiSchemaFieldTemplateProps,
  ObjectFieldTemplateProps,
  RJSFSchema,
  ValidatorType,
} from "@rjsf/utils";
import { ArrowDown, ArrowUp, Copy, Plus, Trash2 } from "lucide-react";
import { useMemo, type ReactElement } from "react";
import { misfits, type JsonSchema, type Misfit } from "./schema-check.ts";

const validator: ValidatorType = {
  // What is wrong is given from outside, at once for both tabs.
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  isValid: (schema, value, root) => misfits({ ...definitions(root), ...schema }, value).length === 0,
  rawValidation: () => ({ errors: [] }),
};

function definitions({ $defs, definitions: older }: RJSFSchema): object {
  return { ...($defs === undefined ? {} : { $defs }), ...(older === undefined ? {} : { definitions: older }) };
}

export function SchemaForm(props: {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly wrong: readonly Misfit[];
  readonly onChange: (value: unknown) => void;
}): ReactElement {
  const { schema, wrong } = props;
  // The title of a schema is that of the page already; the dialect means nothing to a form.
  const shown = useMemo(() => {
    const { title: _title, description: _description, $schema: _dialect, ...rest } = schema;
    return rest as RJSFSchema;
  }, [schema]);
  const errors = useMemo(() => atFields(wrong), [wrong]);
  return (
    <Form
      tagName="div"
      className="schema-form"
      schema={shown}
      formData={props.value}
      validator={validator}
      templates={TEMPLATES}
      extraErrors={errors}
      showErrorList={false}
      noHtml5Validate
      idPrefix="input"
      onChange={({ formData }) => props.onChange(formData ?? {})}
      uiSchema={{ "ui:submitButtonOptions": { norender: true } }}
      experimental_defaultFormStateBehavior={{ emptyObjectFields: "populateRequiredDefaults" }}
    />
  );
}

function atFields(wrong: readonly Misfit[]): ErrorSchema {
  const root: Record<string, unknown> = {};
  for (const { path, message } of wrong) {
    let at = root;
    for (const part of path) at = (at[part] ??= {}) as Record<string, unknown>;
    at["__errors"] = [...((at["__errors"] as readonly string[] | undefined) ?? []), message];
  }
  return root as ErrorSchema;
}

function FieldTemplate(props: FieldTemplateProps): ReactElement {
  const { id, label, required, schema, rawDescription, rawErrors, children, displayLabel, hidden } = props;
  if (hidden) return <div hidden>{children}</div>;
  const errors = [...new Set(rawErrors)];
  const isRoot = id === "input";
  if (isRoot) return <div className="fields">{children}</div>;
  return (
    <div className="form-field" data-wrong={errors.length > 0}>
      {displayLabel && (
        <label htmlFor={id}>
          {label}
          {required ? "" : <span className="faint"> optional{defaultText(schema.default)}</span>}
        </label>
      )}
      {children}
      {displayLabel && rawDescription !== undefined && rawDescription !== "" && (
        <span className="faint">{rawDescription}</span>
      )}
      {errors.map((error) => (
        <span key={error} className="wrong">
          {error}
        </span>
      ))}
    </div>
  );
}

/** A default is left to the workflow: it is said, not sent. */
function defaultText(value: unknown): string {
  return value === undefined ? "" : `, otherwise ${JSON.stringify(value)}`;
}

function ObjectFieldTemplate(props: ObjectFieldTemplateProps): ReactElement {
  const { fieldPathId, title, properties, schema, onAddProperty, required } = props;
  const fields = (
    <>
      {properties.map(({ name, content, hidden }) => !hidden && <div key={name}>{content}</div>)}
      {schema.additionalProperties !== undefined && schema.additionalProperties !== false && (
        <button type="button" className="button" onClick={onAddProperty}>
          <Plus size={13} aria-hidden /> add a field
        </button>
      )}
    </>
  );
  if (fieldPathId.$id === "input") return <div className="fields">{fields}</div>;
  return (
    <fieldset className="form-group">
      <legend>
        {title}
        {required === true ? "" : <span className="faint"> optional</span>}
      </legend>
      {fields}
    </fieldset>
  );
}

function ArrayFieldTemplate(props: ArrayFieldTemplateProps): ReactElement {
  const { title, items, canAdd, onAddClick, required } = props;
  return (
    <fieldset className="form-group">
      <legend>
        {title}
        {required === true ? "" : <span className="faint"> optional</span>}
      </legend>
      {items}
      {canAdd === true && (
        <button type="button" className="button" onClick={onAddClick}>
          <Plus size={13} aria-hidden /> add
        </button>
      )}
    </fieldset>
  );
}

function ArrayFieldItemTemplate({ children, buttonsProps }: ArrayFieldItemTemplateProps): ReactElement {
  const { hasMoveUp, hasMoveDown, hasRemove, onMoveUpItem, onMoveDownItem, onRemoveItem, index } = buttonsProps;
  const at = `element ${index + 1}`;
  return (
    <div className="form-element">
      <div className="grow">{children}</div>
      {hasMoveUp && <IconButton icon={<ArrowUp size={13} />} title={`move ${at} up`} onClick={onMoveUpItem} />}
      {hasMoveDown && <IconButton icon={<ArrowDown size={13} />} title={`move ${at} down`} onClick={onMoveDownItem} />}
      {hasRemove && <IconButton icon={<Trash2 size={13} />} title={`remove ${at}`} onClick={onRemoveItem} />}
    </div>
  );
}

function MultiSchemaFieldTemplate({ selector, optionSchemaField }: MultiSchemaFieldTemplateProps): ReactElement {
  return (
    <div className="form-choice">
      {selector}
      {optionSchemaField}
    </div>
  );
}

function IconButton(props: {
  readonly icon: ReactElement;
  readonly title: string;
  readonly onClick?: IconButtonProps["onClick"] | (() => void);
}): ReactElement {
  return (
    <button
      type="button"
      className="button quiet"
      title={props.title}
      aria-label={props.title}
      onClick={props.onClick as () => void}
    >
      {props.icon}
    </button>
  );
}

const TEMPLATES: NonNullable<FormProps["templates"]> = {
  FieldTemplate,
  ObjectFieldTemplate,
  ArrayFieldTemplate,
  ArrayFieldItemTemplate,
  MultiSchemaFieldTemplate,
  ButtonTemplates: {
    RemoveButton: ({ onClick }: IconButtonProps) => (
      <IconButton icon={<Trash2 size={13} />} title="remove" onClick={onClick} />
    ),
    CopyButton: ({ onClick }: IconButtonProps) => (
      <IconButton icon={<Copy size={13} />} title="copy" onClick={onClick} />
    ),
  },
};
