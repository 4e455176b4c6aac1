namespace Bitmask.Soledad;

/// <content>Making and removing indexes.</content>
public sealed partial class StoreTransaction
{
    private const int MaxIndexNameLength = 128;
    private const int MaxIndexColumns = 8;

    /// <summary>
    /// Makes an index and fills it from the documents there are; nothing happens when there is the same one. It is kept in step with every
    /// change of a document from then on, local or synced, and outlives the program. Making one reads all documents it concerns.
    /// </summary>
    /// <param name="definition">
    /// Its name of at most 128 characters and one to eight expressions: a dotted path (<c>type</c>, <c>sub.x</c>), <c>lower(e)</c>,
    /// <c>number(e, width)</c>, <c>bool(e)</c>, <c>split_words(e)</c>, <c>is_null(e)</c> or <c>combine(e, …)</c>.
    /// </param>
    /// <exception cref="IndexDefinitionException">Not an expression, or over a limit; nothing is kept.</exception>
    /// <exception cref="IndexNameTakenException">There is another one of this name.</exception>
    public void CreateIndex(IndexDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (definition.Name.Length is 0 or > MaxIndexNameLength || !DocumentJson.IsUnicode(definition.Name))
        {
            throw new IndexDefinitionException($"The name of an index has 1 to {MaxIndexNameLength} characters.");
        }

        if (definition.Expressions.Count is 0 or > MaxIndexColumns)
        {
            throw new IndexDefinitionException($"An index has 1 to {MaxIndexColumns} expressions, not {definition.Expressions.Count}.");
        }

        _store.Indexes.Create(Sql, definition);
        _indexes = null;
    }

    /// <summary>As <see cref="CreateIndex(IndexDefinition)"/>, of documents of all types.</summary>
    public void CreateIndex(string name, params IReadOnlyList<string> expressions) => CreateIndex(new IndexDefinition(name, expressions, null));

    /// <summary>Removes an index; nothing happens when there is none of this name.</summary>
    public void DeleteIndex(string name)
    {
        _store.Indexes.Delete(Sql, name);
        _indexes = null;
    }
}
