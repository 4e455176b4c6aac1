namespace Bitmask.Sqlite;

/// <summary>One step of a component's schema.</summary>
/// <param name="Component">Who owns the tables, such as <c>soledad</c>.</param>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="Sql">The statements that lead from the version before to this one.</param>
public sealed record Migration(string Component, int Version, string Sql);

/// <summary>Brings the schema of every component to its latest version; table <c>schema_version(component, version)</c> remembers.</summary>
public static class Migrations
{
    /// <summary>Applies what is not yet applied, in one transaction with the caller's other work.</summary>
    /// <exception cref="DatabaseException">The file was written by a newer program, or the steps of a component have a gap.</exception>
    public static void Apply(WriteTransaction transaction, IEnumerable<Migration> migrations)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(migrations);
        transaction.ExecuteScript("CREATE TABLE IF NOT EXISTS schema_version(component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID");
        foreach (var component in migrations.GroupBy(static m => m.Component, StringComparer.Ordinal))
        {
            Apply(transaction, component.Key, [.. component.OrderBy(static m => m.Version)]);
        }
    }

    private static void Apply(WriteTransaction transaction, string component, IReadOnlyList<Migration> steps)
    {
        var current = transaction.ScalarInt64("SELECT version FROM schema_version WHERE component = ?1", component) ?? 0;
        if (current > steps[^1].Version)
        {
            throw new DatabaseException($"The database was written by a newer version of this program ({component} {current}, known {steps[^1].Version}); use that one.");
        }

        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Version != i + 1)
            {
                throw new DatabaseException($"The schema steps of {component} are not 1 to {steps.Count}.");
            }

            if (steps[i].Version > current)
            {
                transaction.ExecuteScript(steps[i].Sql);
                transaction.Execute(
                    "INSERT INTO schema_version(component, version) VALUES (?1, ?2) ON CONFLICT(component) DO UPDATE SET version = excluded.version",
                    component, steps[i].Version);
            }
        }
    }
}
