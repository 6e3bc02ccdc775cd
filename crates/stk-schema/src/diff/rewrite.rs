//! Visits every name and text of a model, for renames. It knows where they stand, not what they mean.

use crate::model::{
    Body, DataType, Index, Model, ObjectKind, PartitionKey, PermissionTarget, Returns, Schema, Table, Term,
    Trigger,
};

/// Every SQL text, with the schema and the table it stands in; the table is empty for what is in no table.
pub(super) fn for_each_text(model: &mut Model, visit: &mut dyn FnMut(&str, &str, &mut String)) {
    for (schema, it) in &mut model.schemas {
        for domain in it.domains.values_mut() {
            let checks = domain.checks.iter_mut().map(|check| &mut check.expr);
            domain.default.iter_mut().chain(checks).for_each(|text| visit(schema, "", text));
            type_text(&mut domain.data_type, &mut |text| visit(schema, "", text));
        }
        for composite in it.composites.values_mut() {
            for field in composite.fields.values_mut() {
                type_text(&mut field.data_type, &mut |text| visit(schema, "", text));
            }
        }
        for function in it.functions.values_mut() {
            if let Body::Sql(text) = &mut function.body {
                visit(schema, "", text);
            }
            function
                .arguments
                .iter_mut()
                .filter_map(|it| it.default.as_mut())
                .for_each(|it| visit(schema, "", it));
        }
        for view in it.views.values_mut() {
            visit(schema, "", &mut view.definition);
            for index in view.indexes.values_mut() {
                index_texts(index, &mut |text| visit(schema, "", text));
            }
        }
        for (name, table) in &mut it.tables {
            table_texts(table, &mut |text| visit(schema, name, text));
        }
    }
}

fn table_texts(table: &mut Table, visit: &mut dyn FnMut(&mut String)) {
    for column in table.columns.values_mut() {
        column.default.iter_mut().chain(&mut column.generated).for_each(&mut *visit);
        type_text(&mut column.data_type, visit);
    }
    table.checks.iter_mut().for_each(|check| visit(&mut check.expr));
    table.indexes.values_mut().for_each(|index| index_texts(index, visit));
    for exclusion in table.exclusions.values_mut() {
        exclusion.predicate.iter_mut().for_each(&mut *visit);
        exclusion.parts.iter_mut().for_each(|it| term_text(&mut it.part.term, visit));
    }
    table.triggers.values_mut().filter_map(|trigger| trigger.when.as_mut()).for_each(&mut *visit);
    for policy in table.policies.values_mut() {
        policy.using.iter_mut().chain(&mut policy.check).for_each(&mut *visit);
    }
    if let Some(PartitionKey::Normal(key)) = table.partition.as_mut().map(|partition| &mut partition.parts) {
        visit(key);
    }
}

fn type_text(data_type: &mut DataType, visit: &mut dyn FnMut(&mut String)) {
    if let DataType::Sql(text) = data_type {
        visit(text);
    }
}

fn index_texts(index: &mut Index, visit: &mut dyn FnMut(&mut String)) {
    index.predicate.iter_mut().for_each(&mut *visit);
    index.parts.iter_mut().for_each(|part| term_text(&mut part.term, visit));
}

fn term_text(term: &mut Term, visit: &mut dyn FnMut(&mut String)) {
    if let Term::Expression(text) = term {
        visit(text);
    }
}

/// Every type.
pub(super) fn for_each_type(model: &mut Model, visit: &mut dyn FnMut(&mut DataType)) {
    for schema in model.schemas.values_mut() {
        schema.domains.values_mut().for_each(|domain| visit(&mut domain.data_type));
        schema
            .composites
            .values_mut()
            .flat_map(|it| it.fields.values_mut())
            .for_each(|it| visit(&mut it.data_type));
        schema
            .tables
            .values_mut()
            .flat_map(|it| it.columns.values_mut())
            .for_each(|it| visit(&mut it.data_type));
        for function in schema.functions.values_mut() {
            function.arguments.iter_mut().for_each(|argument| visit(&mut argument.data_type));
            match &mut function.returns {
                Returns::Nothing => {}
                Returns::Type(data_type) | Returns::Set(data_type) => visit(data_type),
                Returns::Table(columns) => columns.values_mut().for_each(&mut *visit),
            }
        }
    }
}

/// Every column that something names outside of SQL texts, with the table that has it.
pub(super) fn for_each_column_list(model: &mut Model, visit: &mut dyn FnMut(&str, &str, &mut String)) {
    for (schema, it) in &mut model.schemas {
        for (name, table) in &mut it.tables {
            own_columns(table, &mut |column| visit(schema, name, column));
            for key in table.foreign_keys.values_mut() {
                let (at, on) = (key.ref_schema.clone(), key.ref_table.clone());
                key.ref_columns.iter_mut().for_each(|column| visit(&at, &on, column));
            }
        }
        for sequence in it.sequences.values_mut() {
            if let Some((at, table, column)) = &mut sequence.owner {
                visit(at, table, column);
            }
        }
    }
    for permission in &mut model.permissions {
        if let PermissionTarget::Column(schema, table, column) = &mut permission.on {
            visit(schema, table, column);
        }
    }
    for dependency in &mut model.dependencies {
        if let Some(column) = &mut dependency.column {
            visit(&dependency.on.schema, &dependency.on.name, column);
        }
    }
}

fn own_columns(table: &mut Table, visit: &mut dyn FnMut(&mut String)) {
    for key in table.primary_key.iter_mut().chain(table.uniques.values_mut()) {
        key.columns.iter_mut().chain(&mut key.include).for_each(&mut *visit);
    }
    for index in table.indexes.values_mut() {
        index.include.iter_mut().for_each(&mut *visit);
        index.parts.iter_mut().for_each(|part| term_column(&mut part.term, visit));
    }
    for exclusion in table.exclusions.values_mut() {
        exclusion.include.iter_mut().for_each(&mut *visit);
        exclusion.parts.iter_mut().for_each(|it| term_column(&mut it.part.term, visit));
    }
    for key in table.foreign_keys.values_mut() {
        key.columns.iter_mut().chain(&mut key.on_delete_columns).for_each(&mut *visit);
    }
    table.triggers.values_mut().flat_map(|it: &mut Trigger| &mut it.events.update_of).for_each(visit);
}

fn term_column(term: &mut Term, visit: &mut dyn FnMut(&mut String)) {
    if let Term::Column(name) = term {
        visit(name);
    }
}

/// Every reference to an object: its kind, its schema and its name.
pub(super) fn for_each_reference(model: &mut Model, visit: &mut dyn FnMut(ObjectKind, &str, &mut String)) {
    for schema in model.schemas.values_mut() {
        references(schema, visit);
    }
    for permission in &mut model.permissions {
        match &mut permission.on {
            PermissionTarget::Schema(_) => {}
            PermissionTarget::Table(schema, name) | PermissionTarget::Column(schema, name, _) => {
                for kind in [ObjectKind::Table, ObjectKind::Partition, ObjectKind::View] {
                    visit(kind, schema, name);
                }
            }
            PermissionTarget::Sequence(schema, name) => visit(ObjectKind::Sequence, schema, name),
            PermissionTarget::Function(schema, name) => visit(ObjectKind::Function, schema, name),
            PermissionTarget::Type(schema, name) => {
                for kind in [ObjectKind::Enum, ObjectKind::Domain, ObjectKind::Composite] {
                    visit(kind, schema, name);
                }
            }
        }
    }
    for dependency in &mut model.dependencies {
        for object in [&mut dependency.object, &mut dependency.on] {
            visit(object.kind, &object.schema, &mut object.name);
        }
    }
}

fn references(schema: &mut Schema, visit: &mut dyn FnMut(ObjectKind, &str, &mut String)) {
    for partition in schema.partitions.values_mut() {
        for kind in [ObjectKind::Table, ObjectKind::Partition] {
            visit(kind, &partition.parent_schema, &mut partition.parent);
        }
    }
    for sequence in schema.sequences.values_mut() {
        if let Some((at, table, _)) = &mut sequence.owner {
            visit(ObjectKind::Table, at, table);
        }
    }
    for table in schema.tables.values_mut() {
        for key in table.foreign_keys.values_mut() {
            visit(ObjectKind::Table, &key.ref_schema, &mut key.ref_table);
        }
    }
    let of_tables = schema.tables.values_mut().flat_map(|table| table.triggers.values_mut());
    for trigger in of_tables.chain(schema.views.values_mut().flat_map(|view| view.triggers.values_mut())) {
        // A trigger's function has no arguments.
        let mut signature = format!("{}()", trigger.function.1);
        visit(ObjectKind::Function, &trigger.function.0, &mut signature);
        trigger.function.1 = signature.trim_end_matches("()").to_owned();
    }
}

/// Every mention of a schema outside of types and texts.
pub(super) fn for_each_schema_name(model: &mut Model, visit: &mut dyn FnMut(&mut String)) {
    for schema in model.schemas.values_mut() {
        schema.partitions.values_mut().for_each(|it| visit(&mut it.parent_schema));
        schema.sequences.values_mut().filter_map(|it| it.owner.as_mut()).for_each(|it| visit(&mut it.0));
        for table in schema.tables.values_mut() {
            table.foreign_keys.values_mut().for_each(|it| visit(&mut it.ref_schema));
            table.triggers.values_mut().for_each(|it| visit(&mut it.function.0));
        }
        schema
            .views
            .values_mut()
            .flat_map(|it| it.triggers.values_mut())
            .for_each(|it| visit(&mut it.function.0));
    }
    model.extensions.values_mut().filter_map(|it| it.schema.as_mut()).for_each(&mut *visit);
    for permission in &mut model.permissions {
        match &mut permission.on {
            PermissionTarget::Schema(schema)
            | PermissionTarget::Table(schema, _)
            | PermissionTarget::Column(schema, ..)
            | PermissionTarget::Sequence(schema, _)
            | PermissionTarget::Function(schema, _)
            | PermissionTarget::Type(schema, _) => visit(schema),
        }
    }
    for dependency in &mut model.dependencies {
        visit(&mut dependency.object.schema);
        visit(&mut dependency.on.schema);
    }
}
