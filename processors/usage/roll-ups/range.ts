/** Condition on a table named `u`: of `cluster`, from `from` until before `to`, in milliseconds since the Unix epoch. */
export const WITHIN = `u.cluster = {cluster:String}
    AND u.at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND u.at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
