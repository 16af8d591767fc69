package metric

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String returns the counts as a table, with the recall of each true class at the
// end of its row, the precision of each predicted class at the end of its column
// and the accuracy in the corner.
func (c *Confusion) String() string {
	head := []string{`true \ predicted`}
	for i := range c.classes {
		head = append(head, c.className(i))
	}
	rows := [][]string{append(head, "recall")}
	for i := range c.classes {
		row := []string{c.className(i)}
		for _, n := range c.row(i) {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, percent(c.Recall(i))))
	}
	foot := []string{"precision"}
	for i := range c.classes {
		foot = append(foot, percent(c.Precision(i)))
	}
	return align(append(rows, append(foot, percent(c.Accuracy()))))
}

// className returns what the table calls a class.
func (c *Confusion) className(class int) string {
	if class < len(c.Names) {
		return c.Names[class]
	}
	return strconv.Itoa(class)
}

func percent(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }

// align joins the cells of a table: the first column to the left, others to the
// right, two spaces apart.
func align(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for j, s := range row {
			width[j] = max(width[j], utf8.RuneCountInString(s))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%-*s", width[0], row[0])
		for j, s := range row[1:] {
			fmt.Fprintf(&b, "  %*s", width[j+1], s)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
