	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	.file 1 "x.c"
	.loc 1 10 5
	testl	%edi, %edi
	jne	.L2
	ret
.L2:
	.loc 1 11 9 discriminator 1
	movl	$11, %esi
	movl	$7, %edi
	jmp	fail
	.size	f, .-f
	.globl	two_lines
	.type	two_lines, @function
two_lines:
	.loc 1 20 5
	movl	$21, %esi
	movl	$7, %edi
	jmp	fail
	.size	two_lines, .-two_lines
	.globl	g
	.type	g, @function
g:
	.loc 1 30 5
	movl	$5, %esi
	jmp	fail
	.size	g, .-g
	.section	.note.GNU-stack,"",@progbits
